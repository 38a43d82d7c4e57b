"""ICMP: whether a host answers echo requests, and how fast."""

import secrets
import socket
import struct
import time
from collections.abc import Generator
from select import EPOLLIN
from typing import Annotated, Any, NamedTuple

from pydantic import Field, TypeAdapter

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.conversations import Conversation, Ready, endpoints
from monitors.probes.forms import HostName, short_for
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look, late, seconds
from monitors.services_for_probes import ProbeServices
from watchdesk.definitions.models import Definition

GAP_S = 0.05
STRAGGLER_S = 1.0  # once one reply is back, the others are given this long
FORBIDDEN = (
    "the kernel forbids this user to send pings; allow its group with "
    "'sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"', or probe a port with tcp"
)


class IcmpForm(Definition):
    """What stands under `icmp`. `count` requests are sent, 50 ms apart."""

    host: HostName
    count: Annotated[int, Field(ge=1, le=20)] = 3


name = "icmp"
lane = Lane.SOCKET
form: TypeAdapter[IcmpForm] = TypeAdapter(Annotated[IcmpForm, short_for("host", IcmpForm)])
values = {"loss_percent": "percent", "rtt": "duration"}


def title(form: IcmpForm) -> str:
    return f"{form.host} answers pings"


def probe(monitor: Monitor, services: ProbeServices) -> Conversation:
    """Sends `count` echo requests and waits for their replies."""
    look = Look(monitor, services)
    form: IcmpForm = monitor.form
    host = services.address_of(form.host)
    try:
        family, address = (yield from endpoints(host, 0))[0]
        echo = _open(family)
    except PermissionError:
        return look.blind(FORBIDDEN)
    except TimeoutError:
        return look.failed(f"{form.host}: {late(look)}")
    except OSError as error:
        return look.stumbled(error, form.host)
    with echo.socket:
        replies = Replies(form.count)
        try:
            yield from _exchange(echo, address, replies)
        except TimeoutError:
            pass
        except OSError as error:
            return look.stumbled(error, form.host)
    return _judge(look, replies)


class Replies:
    """Round-trip times by sequence number; None for what has not come back."""

    def __init__(self, count: int) -> None:
        self.token = secrets.token_bytes(8)
        self.sent: list[float] = []
        self.rtts: list[float | None] = [None] * count

    def note(self, packet: bytes, reply_type: int) -> None:
        """Takes a packet that may be one of ours."""
        if len(packet) < 16 or packet[0] != reply_type or packet[8:16] != self.token:
            return
        number = int.from_bytes(packet[6:8], "big")
        if number < len(self.sent) and self.rtts[number] is None:
            self.rtts[number] = time.monotonic() - self.sent[number]

    @property
    def received(self) -> list[float]:
        return [rtt for rtt in self.rtts if rtt is not None]


class Echo(NamedTuple):
    """A socket for echo requests; a raw one receives IPv4 packets with their header."""

    socket: socket.socket
    family: socket.AddressFamily
    is_raw: bool


def _open(family: socket.AddressFamily) -> Echo:
    """An unprivileged datagram socket; a raw one where the kernel allows only that. Raises PermissionError."""
    protocol = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    try:
        return Echo(socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, protocol), family, is_raw=False)
    except PermissionError:
        return Echo(socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol), family, is_raw=True)


def _exchange(echo: Echo, address: tuple[Any, ...], replies: Replies) -> Generator[Ready, Any, None]:
    request_type, reply_type = (128, 129) if echo.family == socket.AF_INET6 else (8, 0)
    for number in range(len(replies.rtts)):
        replies.sent.append(time.monotonic())
        echo.socket.sendto(_packet(request_type, number, replies.token), address)
        is_last = number == len(replies.rtts) - 1
        yield from _listen(echo, replies, reply_type, None if is_last else time.monotonic() + GAP_S)


def _listen(echo: Echo, replies: Replies, reply_type: int, until: float | None) -> Generator[Ready, Any, None]:
    """Takes replies until `until`; after the last request, until all are back or the rest is surely lost."""
    while until is not None or len(replies.received) < len(replies.rtts):
        within_s = until - time.monotonic() if until is not None else (STRAGGLER_S if replies.received else None)
        if within_s is not None and within_s <= 0:
            return
        if not (yield Ready(echo.socket.fileno(), EPOLLIN, within_s)):
            return
        packet = echo.socket.recv(2048)
        if echo.is_raw and echo.family == socket.AF_INET:
            packet = packet[(packet[0] & 0x0F) * 4 :]  # RFC 791 section 3.1: the header's length in 32-bit words
        replies.note(packet, reply_type)


def _packet(request_type: int, number: int, token: bytes) -> bytes:
    """RFC 792 and RFC 4443 section 4.1: type, code, checksum, identifier, sequence number, what is to come back."""
    identifier = int.from_bytes(token[:2], "big")
    blank = struct.pack("!BBHHH", request_type, 0, 0, identifier, number) + token
    return blank[:2] + struct.pack("!H", _checksum(blank)) + blank[4:]


def _checksum(packet: bytes) -> int:
    """RFC 1071: the complement of the one's complement sum of all 16-bit words."""
    total: int = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _judge(look: Look, replies: Replies) -> Observation:
    received, count = replies.received, len(replies.rtts)
    if not received:
        return look.failed(f"{look.monitor.form.host}: no reply to {count} requests")
    rtt_s = sum(received) / len(received)
    loss_percent = 100 * (count - len(received)) / count
    text = f"{len(received)} of {count} replies, {seconds(rtt_s)}"
    return look.saw({"loss_percent": loss_percent, "rtt": rtt_s}, text, latency_s=rtt_s)
