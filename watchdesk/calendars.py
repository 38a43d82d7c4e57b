"""Calendars: when a service is attended, in its own time zone, with public holidays and days of its own."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise

from holidays import country_holidays

from watchdesk.windows import Window

MINUTES_A_DAY = 24 * 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OpenHours:
    """A half-open span of local time on one weekday, in minutes from midnight; `ends` may be 1440. Monday is 0."""

    weekday: int
    begins: int
    ends: int

    def __post_init__(self) -> None:
        if not (0 <= self.weekday <= 6 and 0 <= self.begins < self.ends <= MINUTES_A_DAY):
            message = f"open hours {self.weekday}: {self.begins}-{self.ends} are not a span within one weekday"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Business time. `regions` name public holidays (`DE-BE`: country, or country and subdivision).

    `days_off` are single dates, `yearly_days_off` pairs of month and day. A day off closes its whole local date.
    """

    id: str
    tz: str
    hours: tuple[OpenHours, ...]
    regions: tuple[str, ...] = ()
    days_off: frozenset[date] = frozenset()
    yearly_days_off: frozenset[tuple[int, int]] = frozenset()

    def __post_init__(self) -> None:
        if not self.hours:
            message = f"calendar '{self.id}' is never open"
            raise ValueError(message)

    @property
    def is_always_open(self) -> bool:
        """Whether business time is simply time."""
        has_days_off = self.regions or self.days_off or self.yearly_days_off
        whole_days = {span.weekday for span in self.hours if span.ends - span.begins == MINUTES_A_DAY}
        return not has_days_off and len(whole_days) == 7

    def is_day_off(self, day: date) -> bool:
        if day in self.days_off or (day.month, day.day) in self.yearly_days_off:
            return True
        return any(day in public_holidays(region, day.year) for region in self.regions)

    def to_text(self) -> str:
        """A canonical spelling that `from_text` reads; equal calendars have equal spellings."""
        return json.dumps(
            {
                "id": self.id,
                "tz": self.tz,
                "hours": [[span.weekday, span.begins, span.ends] for span in self.hours],
                "regions": list(self.regions),
                "days_off": sorted(day.isoformat() for day in self.days_off),
                "yearly_days_off": sorted(self.yearly_days_off),
            },
            separators=(",", ":"),
        )


ALWAYS = Calendar(
    id="always",
    tz="UTC",
    hours=tuple(OpenHours(weekday=weekday, begins=0, ends=MINUTES_A_DAY) for weekday in range(7)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """All calendars and windows of one set of definitions; the calendar `always` is among them."""

    calendars: Mapping[str, Calendar] = field(default_factory=lambda: {ALWAYS.id: ALWAYS})
    windows: tuple[Window, ...] = ()


def from_text(text: str) -> Calendar:
    """The calendar that `Calendar.to_text` spelled."""
    spelled = json.loads(text)
    return Calendar(
        id=spelled["id"],
        tz=spelled["tz"],
        hours=tuple(OpenHours(weekday=weekday, begins=begins, ends=ends) for weekday, begins, ends in spelled["hours"]),
        regions=tuple(spelled["regions"]),
        days_off=frozenset(date.fromisoformat(day) for day in spelled["days_off"]),
        yearly_days_off=frozenset((month, day) for month, day in spelled["yearly_days_off"]),
    )


def merged(hours: Iterable[OpenHours]) -> tuple[OpenHours, ...]:
    """Open hours in order. Raises ValueError when two of them overlap."""
    ordered = sorted(hours)
    for one, other in pairwise(ordered):
        if one.weekday == other.weekday and other.begins < one.ends:
            message = f"the hours of {WEEKDAYS[one.weekday]} overlap"
            raise ValueError(message)
    return tuple(ordered)


@lru_cache(maxsize=1024)
def public_holidays(region: str, year: int) -> frozenset[date]:
    """The public holidays of a country (`DE`) or subdivision (`DE-BE`). Raises ValueError for an unknown one."""
    country, _, subdivision = region.partition("-")
    try:
        return frozenset(country_holidays(country, subdiv=subdivision or None, years=year))
    except (NotImplementedError, KeyError, AttributeError) as error:
        message = f"'{region}' is no country or subdivision with known holidays; write it like DE or DE-BE (ISO 3166)"
        raise ValueError(message) from error
