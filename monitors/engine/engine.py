"""The engine: takes monitors, gives observations, and never lets one target delay another."""

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Self

from monitors.engine.conversation_lane import ConversationLane
from monitors.engine.limits import EngineLimits
from monitors.engine.thread_lane import ThreadLane
from monitors.engine.threads import Job, ThreadPool
from monitors.engine.timers import Timers
from monitors.engine.transfer_lane import TransferLane
from monitors.engine.wiring import Wiring
from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.conversations import Lookup, look_up
from monitors.probes.lanes import Lane
from monitors.services_for_probes import ProbeServices

STALL_S = 0.05  # undriven for this long, the understudy steps in: answers must not grow old while the caller works
LONGEST_WAIT_S = 1.0
LINGER_S = 0.01  # handing out results one by one would cost the caller more than the probes do
ENOUGH = 256


class Engine:
    """Continuous: submit at any time, collect what has ended.

    `collect` drives the lanes in the caller's thread. While the caller is busy elsewhere (a slow database, say) an
    understudy thread drives them, so that no answer is taken for late. Only one thread drives at a time.
    """

    def __init__(self, limits: EngineLimits, services: ProbeServices) -> None:
        self._driving = threading.Lock()
        self._caller_waits = False
        self._is_closed = threading.Event()
        self._in_flight: set[str] = set()
        self._arrivals: deque[Monitor] = deque()
        self._calls: deque[Callable[[], None]] = deque()
        self._done: list[Observation] = []
        self._turned_at = time.monotonic()
        self._core = _Core(limits, services, self._emit, self._call)
        self._understudy = threading.Thread(target=self._stand_in, name="engine-understudy", daemon=True)
        self._understudy.start()

    @property
    def in_flight(self) -> int:
        """Monitors submitted and not yet observed."""
        return len(self._in_flight)

    def submit(self, monitor: Monitor) -> bool:
        """Has the monitor looked at as soon as its lane has room; False when that is already under way."""
        if monitor.id in self._in_flight or self._is_closed.is_set():
            return False
        self._in_flight.add(monitor.id)
        self._arrivals.append(monitor)
        return True

    def collect(self, timeout_s: float) -> list[Observation]:
        """What has ended: soon after there is anything, as more often follows at once; empty after `timeout_s`."""
        self._caller_waits = True
        if self._driving.locked():
            self._core.wake()
        with self._driving:
            self._caller_waits = False
            self._drive_until(time.monotonic() + timeout_s)
            done, self._done = self._done, []
        for observation in done:
            self._in_flight.discard(observation.monitor)
        return done

    def serve_with(self, services: ProbeServices) -> None:
        """From now on probes use these services (definitions were reloaded)."""
        self._call(partial(self._core.serve_with, services))

    def close(self) -> None:
        """Ends every probe; observations that were not collected are lost."""
        if self._is_closed.is_set():
            return
        self._is_closed.set()
        self._core.wake()
        with self._driving:
            pass
        self._understudy.join()
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _emit(self, observation: Observation) -> None:
        self._done.append(observation)

    def _call(self, action: Callable[[], None]) -> None:
        """Has the driving thread do something; safe from any thread."""
        self._calls.append(action)
        self._core.wake()

    def _drive_until(self, deadline: float) -> None:
        """Drives until there is enough to hand out, or `deadline` (on the monotonic clock) has passed."""
        lingers = False
        while True:
            left_s = deadline - time.monotonic()
            self._turn(max(0.0, left_s))
            count = len(self._done)
            if left_s <= 0 or count >= ENOUGH or (count and count >= len(self._in_flight)):
                return
            if count and not lingers:
                lingers = True
                deadline = min(deadline, time.monotonic() + LINGER_S)

    def _turn(self, timeout_s: float) -> None:
        while self._calls:
            self._calls.popleft()()
        while self._arrivals:
            self._core.submit(self._arrivals.popleft())
        self._core.start()
        self._core.turn(0.0 if self._calls else min(timeout_s, LONGEST_WAIT_S))
        self._turned_at = time.monotonic()

    def _stand_in(self) -> None:
        """The understudy: drives while the caller does not come."""
        while not self._is_closed.wait(STALL_S):
            is_stalled = self._in_flight and time.monotonic() - self._turned_at > STALL_S
            if is_stalled and self._driving.acquire(blocking=False):
                try:
                    while self._in_flight and not self._caller_waits and not self._is_closed.is_set():
                        self._turn(STALL_S)
                finally:
                    self._driving.release()


class _Core:
    """The lanes on one epoll, without any thought of threads."""

    def __init__(
        self,
        limits: EngineLimits,
        services: ProbeServices,
        emit: Callable[[Observation], None],
        call: Callable[[Callable[[], None]], None],
    ) -> None:
        self._waking = threading.Lock()
        self._is_closed = False
        self._epoll = select.epoll()
        self._timers = Timers()
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake_fd, select.EPOLLIN)
        self._call = call
        self._pool = ThreadPool("probe", limits.threads, limits.abandoned_threads)
        self._resolver = ThreadPool("lookup", limits.lookups, limits.abandoned_threads)
        self._wiring = Wiring(self._epoll, self._timers, self._look_up)
        self._transfers = TransferLane(services, self._wiring, limits.connections, emit)
        self._sockets = ConversationLane(services, self._wiring, limits.connections, emit)
        self._processes = ConversationLane(services, self._wiring, limits.processes, emit)
        self._threads = ThreadLane(services, self._pool, self._timers, call)
        self._threads.emit = emit
        self._lanes: dict[Lane, TransferLane | ConversationLane | ThreadLane] = {
            Lane.HTTP: self._transfers,
            Lane.SOCKET: self._sockets,
            Lane.PROCESS: self._processes,
            Lane.THREAD: self._threads,
        }

    def wake(self) -> None:
        """Safe from any thread, also from one that comes back when all is closed."""
        with self._waking:
            if not self._is_closed:
                os.eventfd_write(self._wake_fd, 1)

    def submit(self, monitor: Monitor) -> None:
        self._lanes[all_kinds()[monitor.kind].lane].submit(monitor)

    def start(self) -> None:
        self._sockets.start()
        self._processes.start()
        self._transfers.start()

    def turn(self, timeout_s: float) -> None:
        """Waits at most `timeout_s` for something to happen, and deals with everything that has."""
        wait_s = self._transfers.wait_s(self._timers.wait_s(time.monotonic(), timeout_s))
        tasks = self._wiring.tasks
        for fd, events in self._epoll.poll(wait_s):
            task = tasks.get(fd)
            if task is not None:
                task.lane.ready(task, events)
            elif fd == self._wake_fd:
                os.eventfd_read(fd)
        self._timers.fire(time.monotonic())
        self._transfers.turn()

    def serve_with(self, services: ProbeServices) -> None:
        for lane in self._lanes.values():
            lane.services = services
        self._transfers.forget()

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

    def _look_up(self, wanted: Lookup, found: Callable[[Any], None]) -> None:
        """Resolves in a thread; `found` hears of it in the driving thread."""

        def work() -> Any:
            return look_up(wanted.host, wanted.port)

        self._resolver.run(Job(work, lambda result: self._call(partial(found, result))))
