"""The driver: the lanes on one epoll. Whoever calls `turn` drives; one thread at a time."""

import os
import select
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

from monitors.engine.conversation_lane import ConversationLane
from monitors.engine.limits import EngineLimits
from monitors.engine.thread_lane import ThreadLane
from monitors.engine.threads import Job, ThreadPool
from monitors.engine.timers import Timers
from monitors.engine.transfer_lane import TransferLane
from monitors.engine.wiring import Emit, Wiring
from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.probes.conversations import Lookup, look_up
from monitors.probes.lanes import Lane
from monitors.services_for_probes import ProbeServices

LONGEST_WAIT_S = 1.0


class Driver:
    """Takes monitors, and emits an observation of each in the thread that drives."""

    def __init__(self, limits: EngineLimits, services: ProbeServices, emit: Emit) -> None:
        self._waking = threading.Lock()
        self._is_closed = False
        self._arrivals: deque[Monitor] = deque()
        self._calls: deque[Callable[[], None]] = deque()
        self._epoll = select.epoll()
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake_fd, select.EPOLLIN)
        self._pool = ThreadPool("probe", limits.threads, limits.abandoned_threads)
        self._resolver = ThreadPool("lookup", limits.lookups, limits.abandoned_threads)
        self._timers = Timers()
        self._wiring = wiring = Wiring(self._epoll, self._timers, self._look_up)
        self._transfers = TransferLane(services, wiring, limits.connections, emit)
        self._sockets = ConversationLane(services, wiring, limits.connections, emit)
        self._processes = ConversationLane(services, wiring, limits.processes, emit)
        self._lanes: dict[Lane, TransferLane | ConversationLane | ThreadLane] = {
            Lane.HTTP: self._transfers,
            Lane.SOCKET: self._sockets,
            Lane.PROCESS: self._processes,
            Lane.THREAD: ThreadLane(services, wiring, self._pool, self.call, emit),
        }
        self.turned_at = monotonic()

    def submit(self, monitor: Monitor) -> None:
        self._arrivals.append(monitor)

    def call(self, action: Callable[[], None]) -> None:
        """Has the driving thread do something; safe from any thread."""
        self._calls.append(action)
        self.wake()

    def wake(self) -> None:
        """Safe from any thread, also from one that comes back when all is closed."""
        with self._waking:
            if not self._is_closed:
                os.eventfd_write(self._wake_fd, 1)

    def turn(self, timeout_s: float) -> None:
        """Starts what may start, waits at most `timeout_s` for something to happen, and deals with all that has."""
        self._make_calls()
        while self._arrivals:
            monitor = self._arrivals.popleft()
            self._lanes[all_kinds()[monitor.kind].lane].submit(monitor)
        self._sockets.start()
        self._processes.start()
        self._transfers.start()
        self._wait(0.0 if self._calls else min(timeout_s, LONGEST_WAIT_S))
        self._make_calls()  # what a thread has just brought is not late, however late this thread comes to look
        self.turned_at = monotonic()
        self._timers.fire(self.turned_at)
        self._transfers.multi.turn()

    def serve_with(self, services: ProbeServices) -> None:
        for lane in self._lanes.values():
            lane.serve_with(services)

    def close(self) -> None:
        self._transfers.close()
        self._sockets.close()
        self._processes.close()
        self._pool.close()
        self._resolver.close()
        with self._waking:
            self._is_closed = True
            self._epoll.close()
            os.close(self._wake_fd)

    def _make_calls(self) -> None:
        while self._calls:
            self._calls.popleft()()

    def _wait(self, timeout_s: float) -> None:
        wait_s = self._transfers.multi.wait_s(self._timers.wait_s(monotonic(), timeout_s))
        waiting = self._wiring.waiting
        for fd, events in self._epoll.poll(wait_s):
            one = waiting.get(fd)
            if one is not None:
                one.ready(events)
            elif fd == self._wake_fd:
                os.eventfd_read(fd)

    def _look_up(self, wanted: Lookup, found: Callable[[Any], None]) -> None:
        """Resolves in a thread; `found` hears of it in the driving thread."""

        def work() -> Any:
            return look_up(wanted.host, wanted.port)

        self._resolver.run(Job(work, lambda result: self.call(partial(found, result))))
