"""A service day by day: how available it was, for the bars of pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from improvement.availability import Stretch, of_service
from watchdesk.health import Health

DAY = timedelta(days=1)
DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfService:
    """One day of UTC. `ratio` is None when nothing is known; `worst` is the bar's colour, None for no data."""

    day: datetime
    ratio: float | None
    critical_s: float
    worst: Health | None


def days_of_service(
    monitors: Mapping[str, Sequence[Stretch]], names: Sequence[str], now: datetime, days: int = DAYS
) -> tuple[DayOfService, ...]:
    """The last `days` days up to now, oldest first, of the service made of the monitors `names`."""
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - DAY * (days - 1)
    seconds = [dict.fromkeys((*Health, None), 0.0) for _ in range(days)]
    for stretch in of_service([monitors.get(name, ()) for name in names], first, now).stretches:
        for number, spent_s in _by_day(stretch, first):
            seconds[number][stretch.health] += spent_s
    return tuple(_day(first + DAY * number, spent) for number, spent in enumerate(seconds))


def _by_day(stretch: Stretch, first: datetime) -> Iterator[tuple[int, float]]:
    """How many seconds of the stretch lie in which day, counted from the first."""
    at = stretch.start
    while at < stretch.end:
        number = (at - first) // DAY
        end = min(stretch.end, first + DAY * (number + 1))
        yield number, (end - at).total_seconds()
        at = end


def _day(day: datetime, seconds: Mapping[Health | None, float]) -> DayOfService:
    good_s, critical_s = seconds[Health.OK] + seconds[Health.WARNING], seconds[Health.CRITICAL]
    ratio = good_s / (good_s + critical_s) if good_s + critical_s else None
    return DayOfService(day=day, ratio=ratio, critical_s=critical_s, worst=_colour(ratio))


def _colour(ratio: float | None) -> Health | None:
    """Green without any loss, amber below that, red below 99 %."""
    if ratio is None:
        return None
    if ratio >= 1:
        return Health.OK
    return Health.WARNING if ratio >= 0.99 else Health.CRITICAL
