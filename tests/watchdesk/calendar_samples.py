"""Calendars that several tests use."""

from datetime import date

from watchdesk.calendars import MINUTES_A_DAY, Calendar, OpenHours


def weekdays(
    begins: int, ends: int, *, tz: str = "UTC", days: range = range(5), days_off: tuple[date, ...] = ()
) -> Calendar:
    """Open from hour `begins` to hour `ends` on some weekdays, Monday to Friday by default."""
    hours = tuple(OpenHours(weekday=day, begins=begins * 60, ends=ends * 60) for day in days)
    return Calendar(id=f"{begins}-{ends}", tz=tz, hours=hours, days_off=frozenset(days_off))


def with_lunch(tz: str = "UTC") -> Calendar:
    """08:00-12:00 and 13:00-17:00, Monday to Friday."""
    spans = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))
    hours = tuple(OpenHours(weekday=day, begins=begins, ends=ends) for day in range(5) for begins, ends in spans)
    return Calendar(id="lunch", tz=tz, hours=hours)


def round_the_clock(tz: str) -> Calendar:
    """Every hour of every local day, counted day by day."""
    hours = tuple(OpenHours(weekday=day, begins=0, ends=MINUTES_A_DAY) for day in range(7))
    return Calendar(id="round-the-clock", tz=tz, hours=hours, yearly_days_off=frozenset({(2, 29)}))
