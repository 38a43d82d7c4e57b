"""The lane of transfers: libcurl's multi interface, woken by the engine's own epoll.

Each new socket is watched for changes (edge-triggered), and any change lets libcurl look at all its transfers: at a
sweep's pace this costs a quarter less than telling it of each socket. Handles are kept and used again, connections
are not: each check opens its own unless its form says otherwise.
"""

import select
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import pycurl

from monitors.engine.timers import Timer
from monitors.engine.wiring import Wiring
from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.conversations import Lookup
from monitors.probes.looks import seconds, words_of
from monitors.probes.transfers import (
    MAX_BODY_BYTES,
    Body,
    Exchange,
    Failure,
    Handle,
    Options,
    Transfer,
    trusted_authorities,
)
from monitors.services_for_probes import ProbeServices

Emit = Callable[[Observation], None]

_ANY_CHANGE = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
_BACKSTOP_S = 0.1  # should a change of a socket ever be missed, it is seen this much later
_GO_ON = 0  # CURL_SOCKOPT_OK
_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
PLAIN: tuple[tuple[int, Any], ...] = (
    (pycurl.NOSIGNAL, 1),
    (pycurl.USERAGENT, "watchdesk"),
    (pycurl.PROXY, ""),  # a proxy of the environment would answer in the target's place
    (pycurl.PROTOCOLS, _WEB),
    (pycurl.REDIR_PROTOCOLS, _WEB),
    (pycurl.FRESH_CONNECT, 1),
    (pycurl.FORBID_REUSE, 1),
    (pycurl.SSL_SESSIONID_CACHE, 0),  # a resumed session would not show its certificate
    (pycurl.DNS_CACHE_TIMEOUT, 0),
    (pycurl.WRITEFUNCTION, len),  # reads and drops
    (pycurl.MAXFILESIZE, MAX_BODY_BYTES),
)


class TransferLane:
    """Runs transfers, `limit` at once. Driven by the engine's thread."""

    def __init__(self, services: ProbeServices, wiring: Wiring, limit: int, emit: Emit) -> None:
        self.services = services
        self._wiring, self._emit = wiring, emit
        self._waiting: deque[Monitor] = deque()
        self._prepared: dict[str, Transfer] = {}
        self._resolving: dict[Exchange, Timer] = {}
        self._running: dict[Handle, Exchange] = {}
        self._plain: list[Handle] = []
        self._limit = limit
        self._multi: Any = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, limit)

    def submit(self, monitor: Monitor) -> None:
        self._waiting.append(monitor)

    def forget(self) -> None:
        """Drops prepared requests: the services or the definitions changed."""
        self._prepared.clear()

    def wait_s(self, most_s: float) -> float:
        """Seconds that libcurl can wait, from 0 to `most_s`."""
        if not self._running:
            return most_s
        milliseconds: int = self._multi.timeout()
        wait_s = _BACKSTOP_S if milliseconds < 0 else min(_BACKSTOP_S, milliseconds / 1000)
        return min(most_s, wait_s)

    def start(self) -> None:
        """Starts what may start."""
        while self._waiting and len(self._running) + len(self._resolving) < self._limit:
            self._start(self._waiting.popleft())

    def turn(self) -> None:
        """Lets libcurl do what it can without waiting, and hands out what has ended."""
        if not self._running:
            return
        self._multi.perform()
        queued = 1
        while queued:
            queued, succeeded, failed = self._multi.info_read()
            for handle in succeeded:
                self._end(handle, None)
            for handle, code, message in failed:
                self._end(handle, Failure(code=code, message=message, errno=handle.getinfo(pycurl.OS_ERRNO)))

    def close(self) -> None:
        for handle in list(self._running):
            self._multi.remove_handle(handle)
            handle.close()
        self._running.clear()
        self._multi.close()

    def _start(self, monitor: Monitor) -> None:
        at = self.services.now()
        try:
            transfer = self._transfer(monitor)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            self._blind(monitor, at, f"the probe could not begin: {error or type(error).__name__}")
            return
        exchange = Exchange(transfer, at)
        if transfer.name is None:
            self._send(exchange, transfer.options)
        else:
            self._resolve(exchange, transfer.name)

    def _resolve(self, exchange: Exchange, name: Lookup) -> None:
        """Looks the name up in a thread of our own: libcurl would notice its end only now and then."""
        began = time.monotonic()
        transfer = exchange.transfer
        late = f"the name {name.host} was not resolved within {seconds(transfer.timeout_ms / 1000)}"
        give_up = partial(self._not_resolved, exchange, late)
        self._resolving[exchange] = self._wiring.timers.at(began + transfer.timeout_ms / 1000, give_up)
        self._wiring.look_up(name, partial(self._resolved, exchange, began))

    def _resolved(self, exchange: Exchange, began: float, found: Any) -> None:
        if exchange not in self._resolving:
            return
        name = exchange.transfer.name
        assert name is not None  # noqa: S101  only such exchanges are resolved
        if isinstance(found, BaseException):
            words = words_of(found) if isinstance(found, OSError) else repr(found)
            self._not_resolved(exchange, f"the name {name.host} cannot be resolved: {words}")
            return
        self._resolving.pop(exchange).cancel()
        exchange.resolved_s = time.monotonic() - began
        places = ",".join(f"[{address[0]}]" if ":" in address[0] else address[0] for _, address in found)
        self._send(exchange, ((pycurl.RESOLVE, [f"{name.host}:{name.port}:{places}"]), *exchange.transfer.options))

    def _not_resolved(self, exchange: Exchange, words: str) -> None:
        self._resolving.pop(exchange).cancel()
        monitor, now = exchange.transfer.monitor, self.services.now()
        self._emit(Observation(monitor=monitor.id, at=exchange.at, ended=now, error=words, text=words))

    def _send(self, exchange: Exchange, options: Options) -> None:
        try:
            handle = self._handle(options)
            self._prepare(handle, exchange)
            self._multi.add_handle(handle)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            why = f"the probe could not begin: {error or type(error).__name__}"
            self._blind(exchange.transfer.monitor, exchange.at, why)
            return
        self._running[handle] = exchange

    def _blind(self, monitor: Monitor, at: float, why: str) -> None:
        self._emit(Observation(monitor=monitor.id, at=at, ended=self.services.now(), blind=why, text=why))

    def _transfer(self, monitor: Monitor) -> Transfer:
        prepared = self._prepared.get(monitor.id)
        if prepared is not None and prepared.monitor is monitor:
            return prepared
        transfer: Transfer = all_kinds()[monitor.kind].probe(monitor, self.services)
        if transfer.secrets:
            self._prepared.pop(monitor.id, None)  # asked for anew each time, as it may have been changed
        else:
            self._prepared[monitor.id] = transfer
        return transfer

    def _handle(self, options: Options) -> Handle:
        if not options:
            return self._plain.pop() if self._plain else self._fresh_handle()
        handle = self._fresh_handle()
        for option, value in options:
            handle.setopt(option, value)
        return handle

    def _prepare(self, handle: Handle, exchange: Exchange) -> None:
        transfer = exchange.transfer
        handle.setopt(pycurl.URL, transfer.url)
        handle.setopt(pycurl.TIMEOUT_MS, max(1, transfer.timeout_ms - round(exchange.resolved_s * 1000)))
        if transfer.keeps_body:
            exchange.body = Body()
            handle.setopt(pycurl.WRITEFUNCTION, exchange.body.write)
            handle.setopt(pycurl.MAXFILESIZE, 0)
        if transfer.keeps_headers:
            handle.setopt(pycurl.HEADERFUNCTION, exchange.headers.append)

    def _end(self, handle: Handle, failure: Failure | None) -> None:
        exchange = self._running.pop(handle)
        transfer = exchange.transfer
        try:
            observation = transfer.finish(exchange, handle, failure)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            self._blind(transfer.monitor, exchange.at, f"the answer could not be read: {error!r}")
        else:
            self._emit(observation)
        self._multi.remove_handle(handle)
        self._put_back(handle, transfer)

    def _put_back(self, handle: Handle, transfer: Transfer) -> None:
        if transfer.options or transfer.name:
            handle.close()
            return
        if transfer.keeps_body:
            handle.setopt(pycurl.WRITEFUNCTION, len)
            handle.setopt(pycurl.MAXFILESIZE, MAX_BODY_BYTES)
        if transfer.keeps_headers:
            handle.unsetopt(pycurl.HEADERFUNCTION)
        self._plain.append(handle)

    def _fresh_handle(self) -> Handle:
        """A handle for a plain GET on a connection of its own, whose body is read and dropped."""
        handle = pycurl.Curl()
        for option, value in PLAIN:
            handle.setopt(option, value)
        handle.setopt(pycurl.CAINFO, trusted_authorities())
        handle.setopt(pycurl.SOCKOPTFUNCTION, self._watch)
        return handle

    def _watch(self, fd: int, _purpose: int) -> int:
        """libcurl has a new socket. It leaves epoll by itself when it is closed."""
        self._wiring.epoll.register(fd, _ANY_CHANGE)
        return _GO_ON
