"""How Watchdesk is: who watches, how the monitors are, what is open, which definitions are in use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from loop.definitions import Definitions
from monitors import pauses, queries
from ticketing import queries as tickets
from watchdesk import definition_status, reconciliation_counts, shifts
from watchdesk.health import Health
from watchdesk.shifts import Beat, ShiftOnDuty
from watchdesk.tables import ShiftRow


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionsInUse:
    """What the watch uses. `faults` are those of a newer text that was refused at `refused_at`."""

    root: str
    version: str
    loaded_at: datetime
    refused_at: datetime | None
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """`is_ready`: somebody watches, and every monitor that is not paused has been looked at.

    `monitors` counts them by health; `awaited` are those without a first result, by id. `reconciliation` has what
    the last one found, by kind of discrepancy: each must be 0.
    """

    is_ready: bool
    monitors: Mapping[Health, int]
    awaited: tuple[str, ...]
    paused: tuple[str, ...]
    tickets_open: int
    shift: ShiftOnDuty | None
    roles: tuple[Beat, ...]
    reconciliation: Mapping[str, int]
    definitions: DefinitionsInUse | None


def status(session: Session, definitions: Definitions, now: datetime) -> Status:
    """The state of the whole, as it stands in the database."""
    states = queries.states(session, definitions.monitors)
    paused = {pause.monitor for pause in pauses.active(session, now)} & definitions.monitors.keys()
    awaited = sorted(
        name
        for name in definitions.monitors.keys() - paused
        if (state := states.get(name)) is None or state.last_at is None
    )
    shift = shifts.on_duty(session, now)
    counts = dict.fromkeys(Health, 0)
    for name in definitions.monitors:
        counts[states[name].health if name in states else Health.UNKNOWN] += 1
    return Status(
        is_ready=shift is not None and not awaited,
        monitors=counts,
        awaited=tuple(awaited),
        paused=tuple(sorted(paused)),
        tickets_open=tickets.count_open(session),
        shift=shift,
        roles=shifts.beats(session),
        reconciliation=reconciliation_counts.kept(session),
        definitions=_definitions(session),
    )


def newest_lateness(session: Session) -> timedelta | None:
    """How late the newest shift came after its schedule; None when it came without one."""
    newest = select(ShiftRow.lateness).order_by(ShiftRow.started_at.desc()).limit(1)
    return session.scalars(newest).one_or_none()


def _definitions(session: Session) -> DefinitionsInUse | None:
    found = definition_status.status(session)
    if not found:
        return None
    newest = found[0]
    return DefinitionsInUse(
        root=newest.root,
        version=newest.version,
        loaded_at=newest.loaded_at,
        refused_at=newest.refused_at,
        faults=tuple(newest.faults),
    )
