"""libcurl's multi interface, woken by the engine's own epoll.

Each new socket is watched for changes (edge-triggered), and any change lets libcurl look at all its transfers: at a
sweep's pace this costs a quarter less than telling it of each socket. Handles are kept and used again, connections
are not: each check opens its own unless its form says otherwise.
"""

import select
from collections.abc import Callable
from typing import Any

import pycurl

from monitors.engine.handles import Handles
from monitors.probes.transfers import Exchange, Failure, Handle, Options

_ANY_CHANGE = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
_BACKSTOP_S = 0.1  # should a change of a socket ever be missed, it is seen this much later
_GO_ON = 0  # CURL_SOCKOPT_OK


class Multi:
    """Transfers under way. `ended` is called with each while its handle can still be asked; it must not raise."""

    def __init__(
        self, epoll: select.epoll, most_connections: int, ended: Callable[[Exchange, Handle, Failure | None], None]
    ) -> None:
        self._epoll, self._ended = epoll, ended
        self._handles = Handles(self._watch)
        self._running: dict[Handle, Exchange] = {}
        self._multi: Any = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, most_connections)

    def send(self, exchange: Exchange, options: Options) -> None:
        handle = self._handles.take(exchange, options)
        self._multi.add_handle(handle)
        self._running[handle] = exchange

    def wait_s(self, most_s: float) -> float:
        """Seconds that libcurl can wait, from 0 to `most_s`."""
        if not self._running:
            return most_s
        milliseconds: int = self._multi.timeout()
        wait_s = _BACKSTOP_S if milliseconds < 0 else min(_BACKSTOP_S, milliseconds / 1000)
        return min(most_s, wait_s)

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
        """Ends everything that runs; nothing more is handed out."""
        for handle in self._running:
            self._multi.remove_handle(handle)
            handle.close()
        self._running.clear()
        self._handles.close()
        self._multi.close()

    def _end(self, handle: Handle, failure: Failure | None) -> None:
        exchange = self._running.pop(handle)
        self._ended(exchange, handle, failure)
        self._multi.remove_handle(handle)
        self._handles.give_back(handle, exchange.transfer)

    def _watch(self, fd: int, _purpose: int) -> int:
        """libcurl has a new socket. It leaves epoll by itself when it is closed."""
        self._epoll.register(fd, _ANY_CHANGE)
        return _GO_ON
