"""Business time: how much of it passes between two instants, and when a given amount of it will have passed.

Everything is counted on half-open UTC intervals. Each end of an interval is converted from local time on its own, so
that a day with a change of clocks has the 23 or 25 hours that it really has.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from watchdesk.calendars import Calendar
from watchdesk.errors import WatchdeskError

ZERO = timedelta(0)
HORIZON = timedelta(days=50 * 366)
Interval = tuple[datetime, datetime]


class NeverOpen(WatchdeskError):
    """A calendar that has too little business time left for a promise to become due."""


def elapsed(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Business time between two aware instants; nothing when `end` is not after `start`."""
    if calendar.is_always_open:
        return max(end - start, ZERO)
    return sum((closes - opens for opens, closes in intervals(calendar, start, end)), ZERO)


def add(calendar: Calendar, start: datetime, duration: timedelta) -> datetime:
    """The first instant, in UTC, at which `duration` of business time has passed since `start`.

    Raises ValueError for a negative duration, NeverOpen when the calendar opens too seldom.
    """
    if duration < ZERO:
        message = f"cannot add a negative duration ({duration}) of business time"
        raise ValueError(message)
    if duration == ZERO or calendar.is_always_open:
        return start.astimezone(UTC) + duration
    left = duration
    for opens, closes in intervals(calendar, start, start + HORIZON):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    message = f"calendar '{calendar.id}' is open for less than {duration} in the {HORIZON.days} days after {start}"
    raise NeverOpen(message)


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the instant lies in business time."""
    return elapsed(calendar, at, at + timedelta(microseconds=1)) > ZERO


def intervals(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Interval]:
    """The open intervals between two instants, clipped to them, in order, none touching the next."""
    pending: Interval | None = None
    for opens, closes in _open_intervals(calendar, start, end):
        if pending is None:
            pending = (opens, closes)
        elif opens <= pending[1]:
            pending = (pending[0], max(pending[1], closes))
        else:
            yield pending
            pending = (opens, closes)
    if pending is not None:
        yield pending


def _open_intervals(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Interval]:
    zone = ZoneInfo(calendar.tz)
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    day = start.astimezone(zone).date() - timedelta(days=1)
    last = end.astimezone(zone).date()
    while day <= last:
        for opens, closes in sorted(_day(calendar, zone, day)):  # a skipped hour may lie after the one that follows it
            clipped = max(opens, start), min(closes, end)
            if clipped[0] < clipped[1]:
                yield clipped
        day += timedelta(days=1)


def _day(calendar: Calendar, zone: ZoneInfo, day: date) -> Iterator[Interval]:
    if calendar.is_day_off(day):
        return
    for span in calendar.hours:
        if span.weekday == day.weekday():
            yield _instant(zone, day, span.begins), _instant(zone, day, span.ends)


def _instant(zone: ZoneInfo, day: date, minutes: int) -> datetime:
    """A time that the clocks skip is read with the offset before the change, one told twice as the first (RFC 5545)."""
    local = datetime.combine(day, time(), zone) + timedelta(minutes=minutes)
    return local.replace(fold=0).astimezone(UTC)
