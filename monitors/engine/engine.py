"""The engine: takes monitors, gives observations, and never lets one target delay another."""

import threading
import time
from functools import partial
from typing import Self

from monitors.engine.driver import Driver
from monitors.engine.limits import EngineLimits
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.services_for_probes import ProbeServices

STALL_S = 0.05  # undriven for this long, the understudy steps in: answers must not grow old while the caller works
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
        self._done: list[Observation] = []
        self._driver = Driver(limits, services, self._done.append)
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
        self._driver.submit(monitor)
        return True

    def collect(self, timeout_s: float) -> list[Observation]:
        """What has ended: soon after there is anything, as more often follows at once; empty after `timeout_s`."""
        self._caller_waits = True
        if self._driving.locked():
            self._driver.wake()
        with self._driving:
            self._caller_waits = False
            self._drive_until(time.monotonic() + timeout_s)
            done = self._done[:]
            self._done.clear()
        for observation in done:
            self._in_flight.discard(observation.monitor)
        return done

    def serve_with(self, services: ProbeServices) -> None:
        """From now on probes use these services (definitions were reloaded)."""
        self._driver.call(partial(self._driver.serve_with, services))

    def close(self) -> None:
        """Ends every probe; observations that were not collected are lost."""
        if self._is_closed.is_set():
            return
        self._is_closed.set()
        self._driver.wake()
        with self._driving:
            pass
        self._understudy.join()
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _drive_until(self, deadline: float) -> None:
        """Drives until there is enough to hand out, or `deadline` (on the monotonic clock) has passed."""
        lingers = False
        while True:
            left_s = deadline - time.monotonic()
            self._driver.turn(max(0.0, left_s))
            count = len(self._done)
            if left_s <= 0 or count >= ENOUGH or (count and count >= len(self._in_flight)):
                return
            if count and not lingers:
                lingers = True
                deadline = min(deadline, time.monotonic() + LINGER_S)

    def _stand_in(self) -> None:
        """The understudy: drives while the caller does not come."""
        while not self._is_closed.wait(STALL_S):
            is_stalled = self._in_flight and time.monotonic() - self._driver.turned_at > STALL_S
            if is_stalled and self._driving.acquire(blocking=False):
                try:
                    while self._in_flight and not self._caller_waits and not self._is_closed.is_set():
                        self._driver.turn(STALL_S)
                finally:
                    self._driving.release()
