"""The lane of transfers: libcurl's multi interface on the engine's own epoll.

Handles are kept and used again, connections are not: each check opens its own unless its form says otherwise.
"""

import select
from collections import deque
from collections.abc import Callable
from typing import Any

import pycurl

from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.transfers import (
    MAX_BODY_BYTES,
    Body,
    Exchange,
    Failure,
    Handle,
    Transfer,
    trusted_authorities,
)
from monitors.services_for_probes import ProbeServices

Emit = Callable[[Observation], None]

_EPOLL_MASK = {
    pycurl.POLL_IN: select.EPOLLIN,
    pycurl.POLL_OUT: select.EPOLLOUT,
    pycurl.POLL_INOUT: select.EPOLLIN | select.EPOLLOUT,
}
_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
_READ_AND_WRITE = pycurl.CSELECT_IN | pycurl.CSELECT_OUT
_CURL_MASK = {select.EPOLLIN: pycurl.CSELECT_IN, select.EPOLLOUT: pycurl.CSELECT_OUT}  # anything else: both


class TransferLane:
    """Runs transfers, `limit` at once. Driven by the engine's thread: `ready`, then `turn`."""

    def __init__(self, services: ProbeServices, epoll: select.epoll, limit: int, emit: Emit) -> None:
        self.services = services
        self._epoll, self._emit = epoll, emit
        self._waiting: deque[Monitor] = deque()
        self._prepared: dict[str, Transfer] = {}
        self._running: dict[Handle, Exchange] = {}
        self._sockets: set[int] = set()
        self._plain: list[Handle] = []
        self._limit = limit
        self._multi: Any = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
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
        return most_s if milliseconds < 0 else min(most_s, milliseconds / 1000)

    def ready(self, fd: int, events: int) -> None:
        """Tells libcurl that one of its sockets is ready."""
        if fd in self._sockets:
            self._multi.socket_action(fd, _CURL_MASK.get(events, _READ_AND_WRITE))
        else:  # a kept connection that the other side closed: libcurl finds out when it wants to use it again
            self._epoll.unregister(fd)

    def turn(self) -> None:
        """Starts what may start, lets libcurl's timers pass and hands out what has ended."""
        while self._waiting and len(self._running) < self._limit:
            self._start(self._waiting.popleft())
        if self._running and self._multi.timeout() == 0:
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
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
        services = self.services
        try:
            transfer = self._transfer(monitor)
            handle = self._handle_for(transfer)
            exchange = self._begin(handle, transfer)
            self._multi.add_handle(handle)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            now = services.now()
            why = f"the probe could not begin: {error or type(error).__name__}"
            self._emit(Observation(monitor=monitor.id, at=now, ended=now, blind=why, text=why))
            return
        self._running[handle] = exchange

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

    def _handle_for(self, transfer: Transfer) -> Handle:
        if not transfer.options:
            return self._plain.pop() if self._plain else _fresh_handle()
        handle = _fresh_handle()
        for option, value in transfer.options:
            handle.setopt(option, value)
        return handle

    def _begin(self, handle: Handle, transfer: Transfer) -> Exchange:
        handle.setopt(pycurl.URL, transfer.url)
        handle.setopt(pycurl.TIMEOUT_MS, transfer.timeout_ms)
        exchange = Exchange(transfer, self.services.now())
        if transfer.keeps_body:
            exchange.body = Body()
            handle.setopt(pycurl.WRITEFUNCTION, exchange.body.write)
            handle.setopt(pycurl.MAXFILESIZE, 0)
        if transfer.keeps_headers:
            handle.setopt(pycurl.HEADERFUNCTION, exchange.headers.append)
        return exchange

    def _end(self, handle: Handle, failure: Failure | None) -> None:
        exchange = self._running.pop(handle)
        transfer = exchange.transfer
        try:
            observation = transfer.finish(exchange, handle, failure)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            why = f"the answer could not be read: {error!r}"
            now = self.services.now()
            observation = Observation(monitor=transfer.monitor.id, at=exchange.at, ended=now, blind=why, text=why)
        self._multi.remove_handle(handle)
        self._put_back(handle, transfer)
        self._emit(observation)

    def _put_back(self, handle: Handle, transfer: Transfer) -> None:
        if transfer.options:
            handle.close()
            return
        if transfer.keeps_body:
            handle.setopt(pycurl.WRITEFUNCTION, len)
            handle.setopt(pycurl.MAXFILESIZE, MAX_BODY_BYTES)
        if transfer.keeps_headers:
            handle.unsetopt(pycurl.HEADERFUNCTION)
        self._plain.append(handle)

    def _watch(self, what: int, fd: int, _multi: Any, _assigned: Any) -> None:
        """libcurl says what it waits for. A closed socket leaves epoll by itself; one number may come again."""
        if what == pycurl.POLL_REMOVE:
            self._sockets.discard(fd)
        elif fd in self._sockets:
            self._epoll.modify(fd, _EPOLL_MASK[what])
        else:
            self._sockets.add(fd)
            try:
                self._epoll.register(fd, _EPOLL_MASK[what])
            except FileExistsError:  # a kept connection that is used again
                self._epoll.modify(fd, _EPOLL_MASK[what])


def _fresh_handle() -> Handle:
    """A handle for a plain GET on a connection of its own, whose body is read and dropped."""
    handle = pycurl.Curl()
    for option, value in (
        (pycurl.NOSIGNAL, 1),
        (pycurl.USERAGENT, "watchdesk"),
        (pycurl.PROXY, ""),  # a proxy of the environment would answer in the target's place
        (pycurl.PROTOCOLS, _WEB),
        (pycurl.REDIR_PROTOCOLS, _WEB),
        (pycurl.FRESH_CONNECT, 1),
        (pycurl.FORBID_REUSE, 1),
        (pycurl.SSL_SESSIONID_CACHE, 0),  # a resumed session would not show its certificate
        (pycurl.DNS_CACHE_TIMEOUT, 0),
        (pycurl.CAINFO, trusted_authorities()),
        (pycurl.WRITEFUNCTION, len),
        (pycurl.MAXFILESIZE, MAX_BODY_BYTES),
    ):
        handle.setopt(option, value)
    return handle
