"""Shifts on record: who watches, who stands ready, how late they came and what their roles did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from watchdesk import leases
from watchdesk.leases import Lease
from watchdesk.processes import ProcessName, is_provably_dead
from watchdesk.tables import RoleBeatRow, ShiftRow
from watchdesk.upsert import insert_for

DUTY = "shift/duty"  # whoever holds it watches
RELIEF = "shift/relief"  # whoever holds it stands ready; there is room for one
WATCH = "watch"  # the role whose health is that of the whole
STOPPED = "stopped"  # the reason of an end that somebody asked for
DIED = "its process died"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A process that came to take a shift. `scheduled_at` is None when no schedule sent it."""

    id: str
    process: ProcessName
    flow_run: str | None = None
    scheduled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftOnDuty:
    """The shift that watches now. `relief` is the id of the one that stands ready, None when there is none."""

    id: str
    pid: int
    since: datetime
    lease_until: datetime
    relief: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """The last sign of life of one role. `failures` counts the turns that failed in a row."""

    role: str
    at: datetime
    turns: int
    failures: int
    last_error: str = ""


def on_duty(session: Session, now: datetime) -> ShiftOnDuty | None:
    """Who watches at `now`; None when nobody does."""
    duty = leases.current(session, DUTY)
    if duty is None or duty.is_void(now):
        return None
    return ShiftOnDuty(
        id=duty.holder,
        pid=duty.process.pid,
        since=duty.since,
        lease_until=duty.until,
        relief=standing_ready(session, now),
    )


def standing_ready(session: Session, now: datetime) -> str | None:
    """The id of the relief that waits for the lease; None when nobody does."""
    relief = leases.current(session, RELIEF)
    return None if relief is None or relief.is_void(now) else relief.holder


def arrived(session: Session, arrival: Arrival, now: datetime) -> None:
    """Put the arrival on record, with how late it is."""
    late = None if arrival.scheduled_at is None else max(timedelta(0), now - arrival.scheduled_at)
    session.add(
        ShiftRow(
            id=arrival.id,
            flow_run=arrival.flow_run,
            host=arrival.process.host,
            pid=arrival.process.pid,
            process_started=arrival.process.started,
            scheduled_at=arrival.scheduled_at,
            lateness=late,
            started_at=now,
            reason="",
            counts={},
        )
    )


def went_on_duty(session: Session, shift: str, lease: Lease) -> None:
    values = {"on_duty_at": lease.since, "fence": lease.fence}
    session.execute(update(ShiftRow).where(ShiftRow.id == shift).values(values))


def ended(session: Session, shift: str, reason: str, now: datetime) -> None:
    """Put the end on record; asked again, the first end stays."""
    mine = (ShiftRow.id == shift, ShiftRow.ended_at.is_(None))
    session.execute(update(ShiftRow).where(*mine).values(ended_at=now, reason=reason[:500]))


def beat(session: Session, shift: str, beats: Sequence[Beat], counts: Mapping[str, float]) -> None:
    """Keep the newest sign of life of each role, and what the shift did so far.

    A role that has had no good turn yet leaves the last one of the shift before it: nobody has done its work since.
    """
    for sign in beats:
        values = {
            "shift": shift,
            "at": sign.at,
            "turns": sign.turns,
            "failures": sign.failures,
            "last_error": sign.last_error[:2000],
        }
        news = values if sign.turns else {"failures": sign.failures, "last_error": values["last_error"]}
        statement = insert_for(session, RoleBeatRow).values(role=sign.role, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["role"], set_=news))
    session.execute(update(ShiftRow).where(ShiftRow.id == shift).values(counts=dict(counts)))


def beats(session: Session) -> tuple[Beat, ...]:
    """The last sign of life of every role, by name."""
    rows = session.scalars(select(RoleBeatRow).order_by(RoleBeatRow.role))
    return tuple(
        Beat(role=row.role, at=row.at, turns=row.turns, failures=row.failures, last_error=row.last_error)
        for row in rows
    )


def bury_the_dead(session: Session, now: datetime, reason: str = DIED) -> int:
    """Give every shift whose process is provably gone its end; how many there were."""
    open_rows = session.scalars(select(ShiftRow).where(ShiftRow.ended_at.is_(None))).all()
    gone = [row for row in open_rows if is_provably_dead(_process(row))]
    for row in gone:
        ended(session, row.id, reason, now)
    return len(gone)


def living_flow_runs(session: Session) -> frozenset[str]:
    """Flow runs of shifts that have not ended and whose process is not provably gone."""
    rows = session.scalars(select(ShiftRow).where(ShiftRow.ended_at.is_(None)))
    return frozenset(row.flow_run for row in rows if row.flow_run and not is_provably_dead(_process(row)))


def forget(session: Session, before: datetime) -> None:
    """Remove the records of shifts that ended before."""
    session.execute(delete(ShiftRow).where(ShiftRow.ended_at < before))


def _process(row: ShiftRow) -> ProcessName:
    return ProcessName(host=row.host, pid=row.pid, started=row.process_started)
