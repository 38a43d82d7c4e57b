"""Conversations: probes that are resumed when their descriptor is ready, so that one thread runs thousands.

A conversation is a generator. It yields what it waits for and is sent what happened; a TimeoutError is thrown into it
when the monitor's timeout has passed (it may then wait for a moment longer, to tidy up), and it returns an observation.
"""

import errno
import ipaddress
import os
import socket
from collections.abc import Generator
from select import EPOLLOUT
from typing import Any, NamedTuple

from monitors.observation import Observation


class Ready(NamedTuple):
    """Wait until `fd` is ready for `events` (epoll's mask), at most `within_s`. Sent back: the mask, 0 when late."""

    fd: int
    events: int
    within_s: float | None = None


class Lookup(NamedTuple):
    """Ask the machine's resolver. Sent back: a list of (family, socket address); thrown: OSError."""

    host: str
    port: int


Endpoint = tuple[socket.AddressFamily, tuple[Any, ...]]
Waiting = Generator[Ready | Lookup, Any, Any]
Conversation = Generator[Ready | Lookup, Any, Observation]


def is_address(host: str) -> bool:
    """Whether `host` is an IP address, so that nothing needs to be looked up."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def endpoints(host: str, port: int) -> Generator[Lookup, Any, list[Endpoint]]:
    """Where `host` is reached; only a name is looked up."""
    try:
        version = ipaddress.ip_address(host.partition("%")[0]).version
    except ValueError:
        found: list[Endpoint] = yield Lookup(host, port)
        return found
    if version == 4:
        return [(socket.AF_INET, (host, port))]
    if "%" in host:
        return look_up(host, port)
    return [(socket.AF_INET6, (host, port, 0, 0))]


def look_up(host: str, port: int) -> list[Endpoint]:
    """What the machine's resolver says, in its order; blocks. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


def connect(host: str, port: int, within_s: float) -> Generator[Ready | Lookup, Any, socket.socket]:
    """A connected non-blocking TCP socket. Tries each address of a name in turn. Raises OSError, TimeoutError."""
    places = yield from endpoints(host, port)
    share_s = within_s / len(places)
    for place in places[:-1]:
        try:
            return (yield from _connect(place, share_s))
        except OSError:
            continue
    return (yield from _connect(places[-1], None))


def _connect(place: Endpoint, within_s: float | None) -> Generator[Ready, Any, socket.socket]:
    family, address = place
    connection = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        code = connection.connect_ex(address)
        if code == errno.EINPROGRESS:
            if not (yield Ready(connection.fileno(), EPOLLOUT, within_s)):
                raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code))
    except BaseException:
        connection.close()
        raise
    return connection
