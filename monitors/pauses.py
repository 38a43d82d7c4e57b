"""Pauses: a person stops the checks of a monitor for a while, and says why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.orm import Session

from monitors.tables import MonitorPauseRow
from watchdesk.errors import NotFound, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """One pause. `until` is what was planned (None: until somebody resumes); `ended_at` when it was cut short."""

    monitor: str
    since: datetime
    until: datetime | None
    because: str
    who: str
    ended_at: datetime | None = None
    ended_by: str | None = None

    @property
    def end(self) -> datetime | None:
        """When it ended or will end; None while that is open."""
        ends = [instant for instant in (self.until, self.ended_at) if instant is not None]
        return min(ends, default=None)


def pause(session: Session, wanted: Pause) -> None:
    """Stop the checks of a monitor, from `wanted.since` (now) on. A pause that runs already is replaced.

    Raises Refused when it would end before it begins or nobody says why.
    """
    if wanted.until is not None and wanted.until <= wanted.since:
        message = f"a pause of monitor '{wanted.monitor}' until {wanted.until.isoformat()} is over; name a later time"
        raise Refused(message)
    if not wanted.because.strip():
        message = f"a pause of monitor '{wanted.monitor}' needs a reason; whoever finds it paused will ask"
        raise Refused(message)
    _end(session, wanted.monitor, wanted.who, wanted.since)
    names = ("monitor", "since", "until", "because", "who")
    session.execute(insert(MonitorPauseRow), {name: getattr(wanted, name) for name in names})


def resume(session: Session, monitor: str, who: str, now: datetime) -> None:
    """Check `monitor` again. Raises NotFound when it is not paused."""
    if not _end(session, monitor, who, now):
        message = f"monitor '{monitor}' is not paused"
        raise NotFound(message)


def active(session: Session, now: datetime) -> tuple[Pause, ...]:
    """The pauses that run at `now`, by monitor."""
    rows = session.scalars(select(MonitorPauseRow).where(*_running(now)).order_by(MonitorPauseRow.monitor))
    return tuple(_pause_of(row) for row in rows)


def between(
    session: Session, since: datetime, until: datetime, monitors: Iterable[str] | None = None
) -> tuple[Pause, ...]:
    """The pauses that touch the window, by monitor and time."""
    row = MonitorPauseRow
    wanted = select(row).where(
        row.since < until,
        or_(row.until.is_(None), row.until > since),
        or_(row.ended_at.is_(None), row.ended_at > since),
    )
    chosen = None if monitors is None else set(monitors)
    rows = session.scalars(wanted.order_by(row.monitor, row.since))
    return tuple(_pause_of(found) for found in rows if chosen is None or found.monitor in chosen)


def _running(now: datetime) -> tuple[ColumnElement[bool], ...]:
    row = MonitorPauseRow
    return row.since <= now, row.ended_at.is_(None), or_(row.until.is_(None), row.until > now)


def _end(session: Session, monitor: str, who: str, now: datetime) -> bool:
    row = MonitorPauseRow
    ending = update(row).where(row.monitor == monitor, *_running(now)).values(ended_at=now, ended_by=who)
    return bool(session.execute(ending.returning(row.id)).all())


def _pause_of(row: MonitorPauseRow) -> Pause:
    return Pause(
        monitor=row.monitor,
        since=row.since,
        until=row.until,
        because=row.because,
        who=row.who,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
