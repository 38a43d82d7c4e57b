"""The lane of transfers: libcurl's multi interface, woken by the engine's own epoll.

Each new socket is watched for changes (edge-triggered), and any change lets libcurl look at all its transfers: at a
sweep's pace this costs a quarter less than telling it of each socket. Handles are kept and used again, connections
are not: each check opens its own unless its form says otherwise.
"""

import select
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pycurl

from monitors.engine.handles import Handles
from monitors.engine.outcomes import blinded, checked, said_by
from monitors.engine.places import Places
from monitors.engine.timers import Timer
from monitors.engine.wiring import Wiring
from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.conversations import Lookup
from monitors.probes.looks import seconds, words_of
from monitors.probes.transfers import Exchange, Failure, Handle, Options, Transfer
from monitors.services_for_probes import ProbeServices

Emit = Callable[[Observation], None]

_ANY_CHANGE = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
_BACKSTOP_S = 0.1  # should a change of a socket ever be missed, it is seen this much later
_GO_ON = 0  # CURL_SOCKOPT_OK


class TransferLane:
    """Runs transfers, `limit` at once. Driven by the engine's thread."""

    def __init__(self, services: ProbeServices, wiring: Wiring, limit: int, emit: Emit) -> None:
        self.services = services
        self._wiring, self._emit = wiring, emit
        self._places = Places(limit)
        self._handles = Handles(self._watch)
        self._prepared: dict[str, Transfer] = {}
        self._resolving: dict[Exchange, Timer] = {}
        self._running: dict[Handle, Exchange] = {}
        self._multi: Any = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, limit)

    def submit(self, monitor: Monitor) -> None:
        self._places.queue(monitor)

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
        while (monitor := self._places.take()) is not None:
            self._start(monitor)

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
        """Ends everything that runs; nothing of it is emitted."""
        for handle in self._running:
            self._multi.remove_handle(handle)
            handle.close()
        self._running.clear()
        self._resolving.clear()
        self._handles.close()
        self._multi.close()

    def _start(self, monitor: Monitor) -> None:
        at = self.services.now()
        try:
            transfer = self._transfer(monitor)
            exchange = Exchange(transfer, at)
            if transfer.name is None:
                self._send(exchange, transfer.options)
            else:
                self._resolve(exchange, transfer.name)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            self._leave(blinded(monitor, at, self.services, f"the probe could not begin: {said_by(error)}"))

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

    def _resolve(self, exchange: Exchange, name: Lookup) -> None:
        """Looks the name up in a thread of our own: libcurl would notice its end only now and then."""
        began = time.monotonic()
        timeout_s = exchange.transfer.timeout_ms / 1000
        late = f"the name {name.host} was not resolved within {seconds(timeout_s)}"
        give_up = partial(self._not_resolved, exchange, late, has_hung=True)
        self._resolving[exchange] = self._wiring.timers.at(began + timeout_s, give_up)
        self._wiring.look_up(name, partial(self._resolved, exchange, name, began))

    def _resolved(self, exchange: Exchange, name: Lookup, began: float, found: Any) -> None:
        if exchange not in self._resolving:
            return
        if isinstance(found, BaseException):
            words = words_of(found) if isinstance(found, OSError) else said_by(found)
            self._not_resolved(exchange, f"the name {name.host} cannot be resolved: {words}", has_hung=False)
            return
        self._resolving.pop(exchange).cancel()
        exchange.resolved_s = time.monotonic() - began
        addresses = ",".join(f"[{address[0]}]" if ":" in address[0] else address[0] for _, address in found)
        options = ((pycurl.RESOLVE, [f"{name.host}:{name.port}:{addresses}"]), *exchange.transfer.options)
        try:
            self._send(exchange, options)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            why = f"the probe could not begin: {said_by(error)}"
            self._leave(blinded(exchange.transfer.monitor, exchange.at, self.services, why))

    def _not_resolved(self, exchange: Exchange, words: str, *, has_hung: bool) -> None:
        self._resolving.pop(exchange).cancel()
        monitor, now = exchange.transfer.monitor, self.services.now()
        failed = Observation(monitor=monitor.id, at=exchange.at, ended=now, error=words, text=words)
        self._leave(failed, has_hung=has_hung)

    def _send(self, exchange: Exchange, options: Options) -> None:
        handle = self._handles.take(exchange, options)
        self._multi.add_handle(handle)
        self._running[handle] = exchange

    def _end(self, handle: Handle, failure: Failure | None) -> None:
        exchange = self._running.pop(handle)
        transfer = exchange.transfer
        monitor = transfer.monitor
        try:
            observation = checked(transfer.finish(exchange, handle, failure), monitor)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            observation = blinded(monitor, exchange.at, self.services, f"the answer could not be read: {error!r}")
        self._multi.remove_handle(handle)
        self._handles.give_back(handle, transfer)
        has_hung = failure is not None and failure.code == pycurl.E_OPERATION_TIMEDOUT
        self._leave(observation, has_hung=has_hung)

    def _leave(self, observation: Observation, *, has_hung: bool = False) -> None:
        self._places.leave(observation.monitor, has_hung=has_hung)
        self._emit(observation)

    def _watch(self, fd: int, _purpose: int) -> int:
        """libcurl has a new socket. It leaves epoll by itself when it is closed."""
        self._wiring.epoll.register(fd, _ANY_CHANGE)
        return _GO_ON
