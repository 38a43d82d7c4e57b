"""Transfers: what libcurl is asked to do for one check, and how its end becomes an observation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from ssl import get_default_verify_paths
from typing import Any

import certifi
import pycurl

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.conversations import Lookup, is_address

MAX_BODY_BYTES = 1 << 20
BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem")

Handle = Any  # pycurl.Curl; pycurl ships no types
Options = tuple[tuple[int, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why libcurl gave up: its code, its words, and the operating system's error number (0 for none)."""

    code: int
    message: str
    errno: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One request, ready to be sent again and again.

    `options` are libcurl's, for what differs from a plain GET. With `keeps_body` the answer's body is collected up to
    MAX_BODY_BYTES, with `keeps_headers` its header lines. `secrets` are never shown. `name` is the host to be looked
    up first; None for an address.
    """

    monitor: Monitor
    url: str
    timeout_ms: int
    finish: "Callable[[Exchange, Handle, Failure | None], Observation]"
    name: Lookup | None = None
    options: Options = ()
    keeps_body: bool = False
    keeps_headers: bool = False
    secrets: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Exchange:
    """One transfer under way. `at` is when it began, seconds since the epoch; `resolved_s` what the name took."""

    transfer: Transfer
    at: float
    resolved_s: float = 0.0
    body: "Body | None" = None
    headers: list[bytes] = field(default_factory=list)


class Body:
    """Collects a body and stops the transfer when it grows beyond what is kept."""

    __slots__ = ("_kept", "is_cut")

    def __init__(self) -> None:
        self._kept = BytesIO()
        self.is_cut = False

    def write(self, part: bytes) -> int:
        """libcurl's write function: any other number than the length of `part` ends the transfer."""
        room = MAX_BODY_BYTES - self._kept.tell()
        if len(part) > room:
            self._kept.write(part[:room])
            self.is_cut = True
            return 0
        return self._kept.write(part)

    def content(self) -> bytes:
        return self._kept.getvalue()


def took_s(exchange: Exchange, handle: Handle) -> float:
    """Seconds from the beginning of the exchange to its end."""
    total_s: float = handle.getinfo(pycurl.TOTAL_TIME)
    return exchange.resolved_s + total_s


def name_to_look_up(host: str, port: int) -> Lookup | None:
    """None for an address, and for localhost, which libcurl knows."""
    return None if host == "localhost" or is_address(host) else Lookup(host, port)


@cache
def trusted_authorities() -> str:
    """The file of certificate authorities that this machine trusts; certifi's where it has none."""
    candidates = [get_default_verify_paths().cafile, *BUNDLES]
    return next((path for path in candidates if path and Path(path).is_file()), certifi.where())
