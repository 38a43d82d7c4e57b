"""The watch: what is due is probed, judged and remembered, and what the desk must hear is put into its inbox."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from loop.definitions import Definitions
from loop.errands import Errands
from loop.ledger import Ledger
from loop.library import Library
from loop.own_monitors import OWN_MONITORS
from loop.recent import RecentSamples
from loop.self_watch import SelfWatch
from monitors import pings
from monitors.engine.engine import Engine
from monitors.engine.limits import EngineLimits
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.reachability import graph
from monitors.rhythm import stands_for
from monitors.schedule import Schedule
from monitors.services_for_probes import ProbeServices
from monitors.state import MonitorState, Verdict
from monitors.storage import numbers, spans, states
from monitors.storage.journal import Result
from monitors.telling import failed_parents, has_something_to_tell, retire, tell
from monitors.transition import advance
from monitors.verdict import judge
from watchdesk.clock import Clock
from watchdesk.database import Database

LONGEST_WAIT_S = 0.1
SHORTEST_TURN_S = 0.01  # checks due within it begin together: a turn for each alone would cost more than the check
GARBAGE_THRESHOLDS = (50_000, 20, 50)


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
    """Runs the monitors of a library, continuously.

    One turn costs one look at the engine and at most one writing transaction for everything that came back.
    """

    def __init__(self, lookout: Lookout) -> None:
        _collect_garbage_seldom()
        self._lookout = lookout
        with lookout.database.reading() as session:
            self._states = states.load(session)
        self._ledger = Ledger(lookout.database, lookout.clock, lookout.guard)
        self._errands = Errands(lookout.database, lookout.clock)
        self._recent = RecentSamples(lookout.database)
        self._self_watch = SelfWatch(lookout.database, lookout.clock, self._states)
        self._waiting: set[str] = set()
        self._use(lookout.library.current())
        self._engine = Engine(lookout.limits, lookout.services(self._definitions))
        self._schedule = Schedule(self._definitions.monitors.values(), self._states, self._now())

    def turn(self) -> float:
        """One turn; returns the seconds until the next one is wanted, which is at once while probes are in flight."""
        next_turn_at = self._lookout.clock.monotonic_s() + SHORTEST_TURN_S
        self._follow_definitions()
        for name in self._errands.due(self._definitions):
            self._schedule.hurry(name, self._now())
        for monitor in self._schedule.due(self._now()):
            if self._errands.quiet.is_paused(monitor.id):
                self._schedule.done(monitor, self._known(monitor.id), self._now())
            else:
                self._engine.submit(monitor)
        returned = self._engine.collect(max(SHORTEST_TURN_S, _patience_s(self._schedule.next_at - self._now())))
        now = self._now()
        heard = [one for observation in returned if (one := self._take_in(observation, now)) is not None]
        self._recent.recall(one.id for one in heard)
        for one in heard:
            self._tell(one, now)
        for name in tuple(self._waiting):
            self._tell(self._definitions.monitors[name], now)
        for own, observation, verdict in self._self_watch.look():
            if has_something_to_tell(self._remember(own, observation, verdict, now)):
                self._tell(own, now)
        self._ledger.write_when_due()
        if self._engine.in_flight:
            return 0.0
        return max(_patience_s(self._schedule.next_at - self._now()), next_turn_at - self._lookout.clock.monotonic_s())

    def close(self) -> None:
        """End the probes and write what came back."""
        self._engine.close()
        self._ledger.write()

    @property
    def results_written(self) -> int:
        return self._ledger.results_written

    def _now(self) -> float:
        return self._lookout.clock.now().timestamp()

    def _known(self, monitor: str) -> MonitorState:
        return self._states.get(monitor) or MonitorState(monitor=monitor)

    def _keep(self, state: MonitorState) -> None:
        self._states[state.monitor] = self._ledger.page.states[state.monitor] = state

    def _follow_definitions(self) -> None:
        newest = self._lookout.library.refresh()
        if newest is self._definitions:
            return
        for name in self._definitions.monitors.keys() - newest.monitors.keys():
            telling = retire(self._definitions.monitors[name], self._known(name), self._recent.of(name))
            if telling.signals:
                self._keep(telling.state)
                self._ledger.page.signals.extend(telling.signals)
        self._use(newest)
        self._engine.serve_with(self._lookout.services(newest))
        self._schedule.replace(newest.monitors.values(), self._now())

    def _use(self, definitions: Definitions) -> None:
        """Make the monitors known to the storage, and heartbeats to that of pings."""
        monitors = definitions.monitors
        with self._lookout.database.writing() as session:
            pings.expect(session, [m.id for m in monitors.values() if m.kind == "heartbeat"])
            self._numbers = numbers.assign(session, {**monitors, **OWN_MONITORS})
        self._definitions, self._graph = definitions, graph(monitors.values())
        watched = {**monitors, **OWN_MONITORS}.items()
        self._stands_s = {name: stands_for(monitor).total_seconds() for name, monitor in watched}
        self._waiting &= monitors.keys()

    def _take_in(self, observation: Observation, now: float) -> Monitor | None:
        """Judge one observation and remember it; the monitor, if the desk may have to hear of it."""
        monitor = self._definitions.monitors.get(observation.monitor)
        if monitor is None:
            return None
        due_at, share = self._schedule.out_since(monitor.id), self._schedule.lateness(monitor.id, observation.at)
        self._self_watch.note_lateness(due_at, share)
        new = self._remember(monitor, observation, judge(monitor, observation, self._known(monitor.id)), now)
        self._schedule.done(monitor, new, now)
        return monitor if has_something_to_tell(new) else None

    def _remember(self, monitor: Monitor, observation: Observation, verdict: Verdict, now: float) -> MonitorState:
        """The state that the verdict makes; it goes into the ledger."""
        name = monitor.id
        old = self._known(name)
        new = advance(monitor, old, observation, verdict, now)
        self._recent.add(name, observation, verdict)
        page = self._ledger.page
        page.results.append(Result(name, self._numbers[name], observation.at, verdict.health, observation.latency_s))
        if new is not old:
            page.changes.extend(spans.changes(old, new, self._stands_s[name]))
            self._states[name] = page.states[name] = new
        return new

    def _tell(self, monitor: Monitor, now: float) -> None:
        """Tell the desk what it must hear. In maintenance nothing is told; a fresh check decides at its end."""
        parents = {name: self._known(name) for name in self._graph.above.get(monitor.id, ())}
        state = self._states[monitor.id]
        causes = (self._definitions.monitors[name] for name in failed_parents(monitor, state, parents, now))
        if any(map(self._errands.quiet.is_in_maintenance, (monitor, *causes))):
            return
        telling = tell(monitor, state, parents, now)
        if telling.signals:
            telling = tell(monitor, state, parents, now, self._recent.of(monitor.id))
            self._ledger.page.signals.extend(telling.signals)
        if telling.state is not state:
            self._keep(telling.state)
        if telling.state.held_since is None:
            self._waiting.discard(monitor.id)
        else:
            self._waiting.add(monitor.id)
        for parent in telling.confirm:
            self._schedule.hurry(parent, now)


def _patience_s(until_next_s: float) -> float:
    return max(0.0, min(LONGEST_WAIT_S, until_next_s))


def _collect_garbage_seldom() -> None:
    """For the whole process. A watch makes thousands of values a second and keeps some for each monitor, none of them
    in cycles: looking for garbage among them at Python's usual pace costs a tenth of its time.
    """
    gc.set_threshold(*GARBAGE_THRESHOLDS)
