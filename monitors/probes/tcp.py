"""TCP: whether a port accepts a connection, and what it says."""

import socket
from collections.abc import Generator
from select import EPOLLIN, EPOLLOUT
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from monitors.monitor import Monitor
from monitors.probes.conversations import Conversation, Ready, connect
from monitors.probes.forms import Address, short_for, split_address
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look, late, seconds
from monitors.services_for_probes import ProbeServices, redact
from watchdesk.definitions.models import Definition

MAX_ANSWER_BYTES = 65536
SILENCE_S = 0.05  # an answer may come in several segments; a pause this long ends it


class TcpForm(Definition):
    """What stands under `tcp`. With `send` an answer is waited for; a banner is read when a condition asks for it."""

    address: Address
    send: Annotated[str, Field(min_length=1, max_length=65536)] | None = None


name = "tcp"
lane = Lane.SOCKET
form: TypeAdapter[TcpForm] = TypeAdapter(Annotated[TcpForm, short_for("address", TcpForm)])
values = {"latency": "duration", "text": "text"}


def title(form: TcpForm) -> str:
    return f"{form.address} accepts connections"


def probe(monitor: Monitor, services: ProbeServices) -> Conversation:
    """Connects; then sends and listens when the monitor wants an answer."""
    look = Look(monitor, services)
    form: TcpForm = monitor.form
    host, port = split_address(form.address)
    try:
        connection = yield from connect(services.address_of(host), port, look.remaining_s())
    except TimeoutError:
        return look.failed(f"{form.address}: no connection within {seconds(monitor.timeout.total_seconds())}")
    except OSError as error:
        return look.stumbled(error, form.address)
    with connection:
        latency_s = look.elapsed_s()
        if form.send is None and "text" not in monitor.wanted:
            return look.saw({"latency": latency_s}, f"connected in {seconds(latency_s)}", latency_s=latency_s)
        try:
            return (yield from _converse(look, connection, form, services))
        except TimeoutError:
            return look.failed(f"{form.address}: connected, but {late(look)}")
        except OSError as error:
            return look.stumbled(error, f"{form.address}: connected, but")


def _converse(look: Look, connection: socket.socket, form: TcpForm, services: ProbeServices) -> Conversation:
    sent, secrets = services.reveal(form.send or "")
    yield from _send(connection, sent.encode())
    answer = yield from _listen(connection)
    latency_s = look.elapsed_s()
    text = redact(answer.decode("utf-8", "replace"), secrets)
    first = text.strip().partition("\n")[0][:200]
    return look.saw(
        {"latency": latency_s, "text": text}, f"answered {first!r} in {seconds(latency_s)}", latency_s=latency_s
    )


def _send(connection: socket.socket, message: bytes) -> Generator[Ready, Any, None]:
    rest = memoryview(message)
    while rest:
        try:
            rest = rest[connection.send(rest) :]
        except BlockingIOError:
            yield Ready(connection.fileno(), EPOLLOUT)


def _listen(connection: socket.socket) -> Generator[Ready, Any, bytes]:
    """What the other side says until it closes, falls silent after its first words, or has said enough."""
    heard = bytearray()
    while len(heard) < MAX_ANSWER_BYTES:
        ready = yield Ready(connection.fileno(), EPOLLIN, SILENCE_S if heard else None)
        if not ready:
            break
        part = connection.recv(MAX_ANSWER_BYTES - len(heard))
        if not part:
            break
        heard += part
    return bytes(heard)
