"""A service day by day: how available it was, for the bars of pages."""

from collections.abc import Mapping, Sequence
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
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [midnight - DAY * back for back in range(days - 1, -1, -1)]
    mine = [monitors.get(name, ()) for name in names]
    return tuple(_day(mine, start, min(start + DAY, now)) for start in starts)


def _day(monitors: Sequence[Sequence[Stretch]], start: datetime, end: datetime) -> DayOfService:
    touching = [[s for s in stretches if s.start < end and s.end > start] for stretches in monitors]
    found = of_service(touching, start, end)
    return DayOfService(day=start, ratio=found.ratio, critical_s=found.critical_s, worst=_colour(found.ratio))


def _colour(ratio: float | None) -> Health | None:
    """Green without any loss, amber below that, red below 99 %."""
    if ratio is None:
        return None
    if ratio >= 1:
        return Health.OK
    return Health.WARNING if ratio >= 0.99 else Health.CRITICAL
