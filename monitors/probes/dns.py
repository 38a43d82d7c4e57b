"""DNS: what a name server answers to one question."""

import errno
import os
import socket
import struct
import time
from collections.abc import Generator
from select import EPOLLIN
from typing import Annotated, Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
from pydantic import AfterValidator, TypeAdapter

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.conversations import Conversation, Lookup, Ready, connect, endpoints
from monitors.probes.forms import HostName, Line, short_for, split_address
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look, late
from monitors.services_for_probes import ProbeServices
from watchdesk.definitions.models import Definition

PORT = 53
ATTEMPTS = 3  # a datagram may be lost
MAX_MESSAGE_BYTES = 65537
KNOWING = {"NOERROR", "NXDOMAIN"}  # the server knows: there are records, or there is no such name

Asking = Generator[Ready | Lookup, Any, dns.message.Message]


def _check_name(name: str) -> str:
    try:
        dns.name.from_text(name)
    except dns.exception.DNSException as error:
        message = f"'{name}' is not a domain name: {error}"
        raise ValueError(message) from error
    return name


def _check_type(name: str) -> str:
    try:
        dns.rdatatype.from_text(name)
    except dns.exception.DNSException as error:
        message = f"'{name}' is not a record type; write one like A, AAAA, MX or TXT"
        raise ValueError(message) from error
    return name.upper()


def _check_server(server: str) -> str:
    split_server(server)
    return server


def split_server(server: str) -> tuple[str, int]:
    """Host and port of `HOST`, `HOST:PORT`, an IPv6 address or `[IPv6]:PORT`."""
    if server.startswith("[") or server.count(":") == 1:
        return split_address(server)
    TypeAdapter(HostName).validate_python(server)
    return server, PORT


class DnsForm(Definition):
    """What stands under `dns`. Without `server` the machine's own resolver is asked."""

    name: Annotated[Line, AfterValidator(_check_name)]
    type: Annotated[str, AfterValidator(_check_type)] = "A"
    server: Annotated[str, AfterValidator(_check_server)] | None = None


name = "dns"
lane = Lane.SOCKET
form: TypeAdapter[DnsForm] = TypeAdapter(Annotated[DnsForm, short_for("name", DnsForm)])
values = {"answers": "list", "rcode": "text", "latency": "duration"}


def title(form: DnsForm) -> str:
    asked = f" by {form.server}" if form.server else ""
    return f"{form.name} ({form.type}) is answered{asked}"


def probe(monitor: Monitor, services: ProbeServices) -> Conversation:
    """Asks by UDP, three times if need be, and by TCP when the answer does not fit."""
    look = Look(monitor, services)
    form: DnsForm = monitor.form
    try:
        servers = _servers(form, services)
    except (OSError, dns.resolver.NoResolverConfiguration) as error:
        return look.blind(f"this machine has no resolver to ask: {error}")
    question = dns.message.make_query(form.name, form.type)
    asked = " or ".join(f"{host}:{port}" if port != PORT else host for host, port in servers)
    try:
        answer = yield from _ask(look, question, servers)
    except TimeoutError:
        return look.failed(f"{asked}: {late(look)}")
    except OSError as error:
        return look.stumbled(error, asked)
    except dns.exception.DNSException as error:
        return look.failed(f"{asked}: the answer is no DNS message: {error}")
    return _judge(look, answer, asked)


def _servers(form: DnsForm, services: ProbeServices) -> list[tuple[str, int]]:
    if form.server is None:
        return [(str(address), PORT) for address in dns.resolver.Resolver().nameservers]
    host, port = split_server(form.server)
    return [(services.address_of(host), port)]


def _ask(look: Look, question: dns.message.Message, servers: list[tuple[str, int]]) -> Asking:
    share_s = look.remaining_s() / ATTEMPTS
    for attempt in range(ATTEMPTS):
        host, port = servers[attempt % len(servers)]
        answer = yield from _ask_by_udp(question, host, port, share_s)
        if answer is None:
            continue
        if answer.flags & dns.flags.TC:
            return (yield from _ask_by_tcp(look, question, host, port))
        return answer
    raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))


def _ask_by_udp(
    question: dns.message.Message, host: str, port: int, within_s: float
) -> Generator[Ready | Lookup, Any, dns.message.Message | None]:
    """None when nothing came in time. What does not answer the question (a stray, a forgery) is passed over."""
    family, address = (yield from endpoints(host, port))[0]
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as connection:
        connection.connect(address)
        connection.send(question.to_wire())
        until = time.monotonic() + within_s
        while (left_s := until - time.monotonic()) > 0:
            if not (yield Ready(connection.fileno(), EPOLLIN, left_s)):
                return None
            answer = dns.message.from_wire(connection.recv(MAX_MESSAGE_BYTES), ignore_trailing=True)
            if question.is_response(answer):
                return answer
    return None


def _ask_by_tcp(look: Look, question: dns.message.Message, host: str, port: int) -> Asking:
    """RFC 1035 section 4.2.2: each message is preceded by its length in two octets."""
    connection = yield from connect(host, port, look.remaining_s())
    with connection:
        wire = question.to_wire()
        connection.sendall(struct.pack("!H", len(wire)) + wire)
        heard = b""
        while len(heard) < 2 or len(heard) < 2 + int.from_bytes(heard[:2], "big"):
            yield Ready(connection.fileno(), EPOLLIN)
            part = connection.recv(MAX_MESSAGE_BYTES)
            if not part:
                raise ConnectionResetError(errno.ECONNRESET, "the connection was closed before the answer")
            heard += part
    return dns.message.from_wire(heard[2:])


def _judge(look: Look, answer: dns.message.Message, asked: str) -> Observation:
    latency_s = look.elapsed_s()
    rcode = dns.rcode.to_text(answer.rcode())
    form: DnsForm = look.monitor.form
    if rcode not in KNOWING and "rcode" not in look.monitor.wanted:
        return look.failed(f"{asked} answered {rcode} for {form.name} {form.type}")
    values: dict[str, Any] = {"rcode": rcode, "latency": latency_s}
    answers = _answers(answer, form.type)
    if rcode in KNOWING:
        values["answers"] = answers
    text = f"{rcode}: {', '.join(answers) or 'no records'}"[:500]
    suggested = "ok" if answers else "critical"
    return look.saw(values, text, latency_s=latency_s, suggested=suggested)


def _answers(answer: dns.message.Message, wanted_type: str) -> list[str]:
    wanted = dns.rdatatype.from_text(wanted_type)
    return [_plain(record) for part in answer.answer if part.rdtype == wanted for record in part]


def _plain(record: Any) -> str:
    """A record as people write it: texts without quotes, names without the final dot."""
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", "replace")
    return str(record.to_text()).removesuffix(".")
