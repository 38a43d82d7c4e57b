"""Interruptions of the watch: from when to when nobody watched, read from what the last shift left on record."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from watchdesk import leases
from watchdesk.definitions.quantities import format_duration
from watchdesk.shifts import DIED, DUTY, STOPPED, WATCH
from watchdesk.tables import RoleBeatRow, ShiftRow

UNWATCHED = timedelta(seconds=30)  # longer than this between two shifts is told, even after a goodbye


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """Nobody watched from `since` to `until`; `words` say which shift left how, and what took over."""

    since: datetime
    until: datetime
    words: str

    def __str__(self) -> str:
        seconds = round((self.until - self.since).total_seconds())
        lasted = format_duration(timedelta(seconds=seconds)) if seconds else "less than a second"
        same_day = self.since.date() == self.until.date()
        until = f"{self.until:%H:%M:%S}" if same_day else f"{self.until:%Y-%m-%d %H:%M:%S}"
        return f"nobody watched from {self.since:%Y-%m-%d %H:%M:%S} to {until} UTC ({lasted}): {self.words}"


def before_this_shift(session: Session, newest_result_at: datetime | None, now: datetime) -> Interruption | None:
    """What lies between the last watch on record and the shift on duty, which has not watched yet.

    None at a first start, after a hand-over in time, and after an end that somebody asked for, however long ago.
    Asked again before the shift on duty has put its first good turn on record, the answer begins at the same instant.
    """
    beat = session.get(RoleBeatRow, WATCH)
    last = None if beat is None or not beat.turns else session.get(ShiftRow, beat.shift)
    if beat is None or last is None:
        return None
    since = min(max(beat.at, newest_result_at or beat.at), now)
    is_dead = last.ended_at is None or last.reason == DIED
    if not is_dead and (now - since <= UNWATCHED or _was_stopped(session, since)):
        return None
    how = "it died, or was held up until its lease lapsed" if is_dead else f"its end: {last.reason or 'not known'}"
    who = f"shift {last.id} (process {last.pid} on {_machine(last.host)})"
    words = f"{who} watched before; {how}. {_successor(session)}"
    return Interruption(since=since, until=now, words=words)


def within_this_shift(since: datetime, until: datetime) -> Interruption:
    """The shift on duty did not get to watch in between, and goes on now."""
    words = "the shift on duty was held up (its process was frozen, or one turn took that long), and goes on by itself"
    return Interruption(since=since, until=until, words=words)


def _was_stopped(session: Session, since: datetime) -> bool:
    """Whether a shift was asked to stop after that: the one that watched, or the relief to which it handed over."""
    asked = select(ShiftRow.id).where(ShiftRow.reason == STOPPED, ShiftRow.ended_at >= since)
    return session.scalars(asked.limit(1)).first() is not None


def _successor(session: Session) -> str:
    duty = leases.current(session, DUTY)
    if duty is None or duty.holder == leases.NOBODY:
        return "It is watched again"
    return f"Shift {duty.holder} (process {duty.process.pid} on {_machine(duty.process.host)}) took over"


def _machine(host: str) -> str:
    """The part of a process table's name that people know."""
    return host.split("/", 1)[0]
