"""The lane of threads: probes that block. One that hangs past its timeout is given up and reported."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from monitors.engine.outcomes import blinded, checked, said_by
from monitors.engine.threads import Job, ThreadPool
from monitors.engine.timers import Timer
from monitors.engine.wiring import Emit, Wiring
from monitors.kinds import Kind, all_kinds
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.looks import seconds
from monitors.services_for_probes import ProbeServices

TellDriver = Callable[[Callable[[], None]], None]


class Blocking:
    """One probe in a thread. `submitted` and `began` are on the monotonic clock, `at` on the wall's; the latter two
    are None while it waits.
    """

    __slots__ = ("at", "began", "job", "kind", "monitor", "submitted", "timer")

    def __init__(self, monitor: Monitor, kind: Kind) -> None:
        self.monitor, self.kind = monitor, kind
        self.submitted = time.monotonic()
        self.job: Job | None = None
        self.began: float | None = None
        self.at: float | None = None
        self.timer: Timer | None = None


class ThreadLane:
    """Runs blocking probes in a pool. All but the probe itself happens in the engine's thread."""

    def __init__(
        self, services: ProbeServices, wiring: Wiring, pool: ThreadPool, tell_driver: TellDriver, emit: Emit
    ) -> None:
        self._services, self._wiring, self._emit = services, wiring, emit
        self._pool, self._tell_driver = pool, tell_driver
        self._running: set[Blocking] = set()
        self._hanging: dict[str, Blocking] = {}

    def serve_with(self, services: ProbeServices) -> None:
        self._services = services

    def submit(self, monitor: Monitor) -> None:
        stuck = self._hanging.get(monitor.id)
        if stuck is not None:
            assert stuck.began is not None  # noqa: S101  only begun work can hang
            hangs_s = time.monotonic() - stuck.began
            self._report(stuck, self._services.now(), f"an earlier look has been hanging for {seconds(hangs_s)}")
            return
        probe = Blocking(monitor, all_kinds()[monitor.kind])
        probe.job = Job(partial(self._work, probe), partial(self._done, probe))
        self._running.add(probe)
        self._watch(probe, monitor.timeout.total_seconds())
        self._pool.run(probe.job)

    def _work(self, probe: Blocking) -> Any:
        """In the worker's thread."""
        probe.at = self._services.now()
        probe.began = time.monotonic()
        return probe.kind.probe(probe.monitor, self._services)

    def _done(self, probe: Blocking, result: Any) -> None:
        """In the worker's thread."""
        self._tell_driver(partial(self._end, probe, result))

    def _end(self, probe: Blocking, result: Any) -> None:
        if probe not in self._running:  # it was given up long ago
            if self._hanging.get(probe.monitor.id) is probe:
                del self._hanging[probe.monitor.id]
            return
        self._forget(probe)
        try:
            self._emit(checked(result, probe.monitor))
        except TypeError as error:
            cause = result if isinstance(result, BaseException) else error
            self._blind(probe, f"the probe could not look: {said_by(cause)}")

    def _watch(self, probe: Blocking, in_s: float) -> None:
        probe.timer = self._wiring.after(in_s, partial(self._check, probe))

    def _check(self, probe: Blocking) -> None:
        """At a deadline: gives up what has had its time; what waits for a thread waits on, until it is due again."""
        timeout_s = probe.monitor.timeout.total_seconds()
        assert probe.job is not None  # noqa: S101  set by submit
        if probe.began is None:
            waited_s = time.monotonic() - probe.submitted
            is_hopeless = self._pool.is_exhausted or waited_s >= probe.monitor.every.total_seconds()
            if is_hopeless and self._pool.withdraw(probe.job):
                self._forget(probe)
                self._blind(probe, self._why_not_begun(waited_s))
                return
            self._watch(probe, timeout_s)
            return
        left_s = probe.began + timeout_s - time.monotonic()
        if left_s > 0:
            self._watch(probe, left_s)
            return
        self._forget(probe)
        self._hanging[probe.monitor.id] = probe
        self._pool.abandon(probe.job)
        self._report(probe, probe.at or self._services.now(), f"no answer within {seconds(timeout_s)}")

    def _why_not_begun(self, waited_s: float) -> str:
        """It is our machine that has no time; that says nothing about the target."""
        if self._pool.is_exhausted:
            return f"no thread is free for it: {self._pool.abandoned} hang in earlier probes"
        return f"no thread was free for it in {seconds(waited_s)}: this machine has too much to do"

    def _forget(self, probe: Blocking) -> None:
        self._running.discard(probe)
        if probe.timer is not None:
            probe.timer.cancel()

    def _report(self, probe: Blocking, at: float, words: str) -> None:
        """A look that hangs: the target's failure, unless the kind says that it proves nothing about it."""
        if getattr(probe.kind, "is_blind_when_late", False):
            self._emit(blinded(probe.monitor, at, self._services, words))
            return
        ended = self._services.now()
        self._emit(Observation(monitor=probe.monitor.id, at=at, ended=ended, error=words, text=words))

    def _blind(self, probe: Blocking, why: str) -> None:
        self._emit(blinded(probe.monitor, self._services.now(), self._services, why))
