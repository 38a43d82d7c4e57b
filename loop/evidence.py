"""What the monitors show about a recovery, in the form in which tickets and runbooks ask for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from loop.definitions import Definitions
from loop.library import Library
from loop.own_monitors import OWN_MONITORS
from monitors import pauses, queries, requests
from monitors.engine.once import probe_once
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.rhythm import stands_for
from monitors.services_for_probes import ProbeServices
from monitors.state import MonitorState
from watchdesk.clock import Clock, from_epoch_ms
from watchdesk.database import Database
from watchdesk.errors import NotFound
from watchdesk.health import Health, StateType
from watchdesk.signals import RecoveryEvidence, Sample

SAMPLES = 5


class Shelf(Protocol):
    """Hands out the definitions in use; a Library is one."""

    def current(self) -> Definitions: ...


class MonitorEyes:
    """Looks at the origin monitor for whoever must be convinced that a repair worked."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        library: Library,
        services: Callable[[Definitions], ProbeServices],
    ) -> None:
        self._database, self._clock, self._library, self._services = database, clock, library, services

    def evidence(self, monitor: str) -> RecoveryEvidence:
        """What the monitor's stored samples show now."""
        with self._database.reading() as session:
            return gather(session, [monitor], self._library, self._clock.now())[monitor]

    def hurry(self, monitor: str) -> None:
        """Ask the watch for a check at once instead of at the next interval."""
        with self._database.writing() as session:
            requests.ask(session, monitor, "a runbook wants to know whether it worked", self._clock.now())

    def probe(self, monitor: str) -> Observation:
        """Look at the target now, beside the watch."""
        found = self._library.current().monitors.get(monitor)
        if found is None:
            message = f"no monitor is named '{monitor}'"
            raise NotFound(message)
        return probe_once(found, self._services(self._library.current()))


def gather(
    session: Session, monitors: Iterable[str], library: Shelf, now: datetime, *, samples_each: int = SAMPLES
) -> dict[str, RecoveryEvidence]:
    """The evidence about each of `monitors`, with its newest samples; without samples it is much cheaper."""
    names = list(monitors)
    defined = library.current().monitors
    known = queries.states(session, names)
    paused = {pause.monitor for pause in pauses.active(session, now)}
    samples = queries.last_samples(session, names, samples_each) if samples_each else {}
    return {
        name: _judge(
            _Seen(defined.get(name) or OWN_MONITORS.get(name), known.get(name), name in paused),
            name,
            samples.get(name, ()),
            now,
        )
        for name in names
    }


@dataclass(frozen=True, slots=True)
class _Seen:
    monitor: Monitor | None
    state: MonitorState | None
    is_paused: bool


def _judge(seen: _Seen, name: str, samples: tuple[Sample, ...], now: datetime) -> RecoveryEvidence:
    state = seen.state or MonitorState(monitor=name)
    last = _instant(state.last_at)
    return RecoveryEvidence(
        monitor=name,
        exists=seen.monitor is not None,
        health=state.health if seen.state else Health.UNKNOWN,
        ok_streak=state.ok_streak,
        ok_since=_instant(state.ok_since),
        last_sample_at=last,
        is_stale=last is None or seen.monitor is None or now - last > stands_for(seen.monitor),
        is_flapping=state.is_flapping,
        unknown_since=_instant(state.unknown_since),
        is_paused=seen.is_paused,
        is_confirmed=state.state_type is StateType.HARD,
        samples=samples,
    )


def _instant(at: float | None) -> datetime | None:
    return None if at is None else from_epoch_ms(round(at * 1000))
