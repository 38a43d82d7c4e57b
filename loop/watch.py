"""The watch: what is due is probed, judged and remembered, and what the desk must hear is put into its inbox.

One turn costs one look at the engine and at most one writing transaction for everything that came back: the packed
results, the states, the changes and the signals stand or fall together.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import structlog
from sqlalchemy.orm import Session

from loop.definitions import Definitions
from loop.library import Library
from loop.quiet import QuietTimes
from loop.recent import RecentSamples
from monitors import pings, requests
from monitors.engine.engine import Engine
from monitors.engine.limits import EngineLimits
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.reachability import graph
from monitors.rhythm import stands_for
from monitors.schedule import Schedule
from monitors.services_for_probes import ProbeServices
from monitors.state import MonitorState
from monitors.storage import journal, numbers, spans, states
from monitors.storage.journal import Result
from monitors.storage.spans import Change
from monitors.telling import retire, tell
from monitors.transition import advance
from monitors.verdict import judge
from ticketing import inbox
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.health import Health, StateType
from watchdesk.signals import HealthSignal

FLUSH_EVERY_S = 0.25
LISTEN_EVERY_S = 0.5
LONGEST_WAIT_S = 0.1
MOST_UNWRITTEN = 500_000  # results kept in memory while the database is away: ten minutes of a busy watch
FIRST_RETRY_S, LONGEST_RETRY_S = 0.5, 10.0
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Unwritten:
    """What came back since the last transaction."""

    results: list[Result] = field(default_factory=list)
    states: dict[str, MonitorState] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    signals: list[HealthSignal] = field(default_factory=list)
    dropped: int = 0

    def __bool__(self) -> bool:
        return bool(self.results or self.states or self.signals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a watch did since it began."""

    checks: int = 0
    signals: int = 0
    late_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookout:
    """Where a watch stands. `guard` is called inside each writing transaction and raises when the lease is lost, so
    that a watch that was relieved writes nothing more. `services` makes what probes may ask for, from definitions.
    """

    database: Database
    clock: Clock
    library: Library
    services: Callable[[Definitions], ProbeServices]
    guard: Callable[[Session], None]
    limits: EngineLimits = field(default_factory=EngineLimits)


class Watch:
    """Runs the monitors of a library, continuously."""

    def __init__(self, lookout: Lookout) -> None:
        self._lookout, self._clock, database = lookout, lookout.clock, lookout.database
        self._definitions = lookout.library.current()
        self._engine = Engine(lookout.limits, lookout.services(self._definitions))
        with database.writing() as session:
            self._states = states.load(session)
            self._numbers = _enrol(session, self._definitions)
        self._stands_s, self._graph = _rhythms(self._definitions), graph(self._definitions.monitors.values())
        self._recent = RecentSamples(database)
        self._quiet = QuietTimes()
        self._schedule = Schedule(self._definitions.monitors.values(), self._states, self._now())
        self._unwritten = Unwritten()
        self._waiting: set[str] = set()
        self._written_at = self._listened_at = 0.0
        self._retry_s = 0.0
        self.counts = Counts()

    def turn(self) -> float:
        """One turn; returns the seconds until the next one is wanted, which is at once while probes are in flight."""
        self._follow_definitions()
        self._listen()
        for monitor in self._schedule.due(self._now()):
            if not self._quiet.is_paused(monitor.id):
                self._engine.submit(monitor)
            else:
                self._schedule.done(monitor, self._known(monitor.id), self._now())
        self._digest(self._engine.collect(self._patience_s()))
        self._tell_waiting()
        self._write_when_due()
        return 0.0 if self._engine.in_flight else max(0.0, min(LONGEST_WAIT_S, self._schedule.next_at - self._now()))

    def close(self) -> None:
        """End the probes and write what came back; what cannot be written now is lost to the log only."""
        self._engine.close()
        self._write()

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _patience_s(self) -> float:
        return max(0.0, min(LONGEST_WAIT_S, self._schedule.next_at - self._now()))

    def _known(self, monitor: str) -> MonitorState:
        return self._states.get(monitor) or MonitorState(monitor=monitor)

    def _follow_definitions(self) -> None:
        newest = self._lookout.library.current()
        if newest is self._definitions:
            return
        with self._lookout.database.writing() as session:
            self._numbers = _enrol(session, newest)
        self._retire(newest)
        self._definitions, self._graph = newest, graph(newest.monitors.values())
        self._stands_s = _rhythms(newest)
        self._engine.serve_with(self._lookout.services(newest))
        self._schedule.replace(newest.monitors.values(), self._now())
        self._waiting &= newest.monitors.keys()

    def _retire(self, newest: Definitions) -> None:
        """The desk hears of monitors that are gone, so that their tickets need not wait for ever."""
        for name in self._definitions.monitors.keys() - newest.monitors.keys():
            telling = retire(self._definitions.monitors[name], self._known(name), self._recent.of(name))
            if telling.signals:
                self._keep(telling.state)
                self._unwritten.signals.extend(telling.signals)

    def _listen(self) -> None:
        """Take requests to check at once, and learn of pauses and maintenance."""
        if self._clock.monotonic_s() - self._listened_at < LISTEN_EVERY_S:
            return
        self._listened_at = self._clock.monotonic_s()
        try:
            asked = self._requested()
            ended = self._quiet.refresh(self._lookout.database, self._definitions, self._clock.now())
        except DatabaseUnavailable as error:
            log.warning("cannot listen", reason=str(error))
            return
        for name in (*asked, *ended):
            if name in self._definitions.monitors:
                self._schedule.hurry(name, self._now())

    def _requested(self) -> list[str]:
        with self._lookout.database.reading() as session:
            if not requests.waiting(session):
                return []
        with self._lookout.database.writing() as session:
            return requests.take(session)

    def _digest(self, observations: Iterable[Observation]) -> None:
        for observation in observations:
            monitor = self._definitions.monitors.get(observation.monitor)
            if monitor is not None:
                self._take_in(monitor, observation)

    def _take_in(self, monitor: Monitor, observation: Observation) -> None:
        old = self._known(monitor.id)
        verdict = judge(monitor, observation, old)
        new = advance(monitor, old, observation, verdict)
        self._recent.add(monitor.id, observation, verdict)
        self._unwritten.results.append(
            Result(
                monitor=monitor.id,
                number=self._numbers[monitor.id],
                at=observation.at,
                health=verdict.health,
                latency_s=observation.latency_s,
            )
        )
        self._unwritten.changes.extend(spans.changes(old, new, self._stands_s[monitor.id]))
        self._keep(new)
        self._schedule.done(monitor, new, self._now())
        if not _is_steady(new):
            self._tell(monitor)

    def _keep(self, state: MonitorState) -> None:
        self._states[state.monitor] = state
        self._unwritten.states[state.monitor] = state

    def _tell(self, monitor: Monitor) -> None:
        if self._quiet.is_in_maintenance(monitor):
            return
        state = self._states[monitor.id]
        parents = {name: self._known(name) for name in self._graph.above[monitor.id]}
        telling = tell(monitor, state, parents, self._now(), self._recent.of(monitor.id))
        if telling.state is not state:
            self._keep(telling.state)
        self._unwritten.signals.extend(telling.signals)
        self._waiting.discard(monitor.id)
        if telling.state.held_since is not None:
            self._waiting.add(monitor.id)
        for parent in telling.confirm:
            self._schedule.hurry(parent, self._now())

    def _tell_waiting(self) -> None:
        """Those that wait for their parents' verdict look again whenever something came back."""
        for name in tuple(self._waiting):
            self._tell(self._definitions.monitors[name])

    def _write_when_due(self) -> None:
        waited_s = self._clock.monotonic_s() - self._written_at
        is_urgent = bool(self._unwritten.signals) and not self._retry_s
        if self._unwritten and (is_urgent or waited_s >= max(FLUSH_EVERY_S, self._retry_s)):
            self._write()

    def _write(self) -> None:
        """Everything in one transaction. While the database is away it is kept, within a bound, and tried again."""
        batch, self._written_at = self._unwritten, self._clock.monotonic_s()
        try:
            with self._lookout.database.writing() as session:
                self._lookout.guard(session)
                self._write_into(session, batch)
        except DatabaseUnavailable as error:
            self._retry_s = min(LONGEST_RETRY_S, max(FIRST_RETRY_S, self._retry_s * 2))
            _forget_oldest(batch)
            log.error("results not written", kept=len(batch.results), reason=str(error), again_in_s=self._retry_s)
            return
        self._retry_s = 0.0
        self.counts = Counts(
            checks=self.counts.checks + len(batch.results),
            signals=self.counts.signals + len(batch.signals),
            late_s=max(0.0, self._now() - self._schedule.next_at),
        )
        self._unwritten = Unwritten()

    def _write_into(self, session: Session, batch: Unwritten) -> None:
        journal.append(session, batch.results)
        states.save(session, tuple(batch.states.values()))
        spans.record(session, batch.changes)
        for signal in batch.signals:
            inbox.accept(session, signal, self._clock.now())


def _is_steady(state: MonitorState) -> bool:
    """Nothing to tell: confirmed healthy, and nothing told that would have to be taken back."""
    return (
        state.health is Health.OK
        and state.state_type is StateType.HARD
        and not state.told
        and state.held_since is None
        and not state.is_flapping
    )


def _enrol(session: Session, definitions: Definitions) -> dict[str, int]:
    """Make defined monitors known to the storage, and the keys of heartbeats to the door for pings."""
    pings.expect(session, [m.id for m in definitions.monitors.values() if m.kind == "heartbeat"])
    return numbers.assign(session, definitions.monitors)


def _rhythms(definitions: Definitions) -> dict[str, float]:
    """How long a result stands for each monitor, in seconds."""
    return {name: stands_for(monitor).total_seconds() for name, monitor in definitions.monitors.items()}


def _forget_oldest(batch: Unwritten) -> None:
    surplus = len(batch.results) - MOST_UNWRITTEN
    if surplus > 0:
        del batch.results[:surplus]
        batch.dropped += surplus
