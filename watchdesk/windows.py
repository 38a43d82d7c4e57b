"""Windows: recurring or single spans in which maintenance is done or changes are frozen."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

EVERYTHING = "*"
LOOK_AHEAD = timedelta(days=4 * 366 + 2)  # far enough for a rule about the 29th of February
# Searching for a day that never comes ends with the year 9999; 28 years hold every weekday of every date.
LAST_CYCLE = datetime(9972, 1, 1)  # noqa: DTZ001  local on purpose
_UNTIL = re.compile(r"UNTIL=(\d{8}T\d{6})Z", re.IGNORECASE)


class WindowKind(StrEnum):
    """Maintenance: failures are expected and open no ticket. Freeze: automation must not change anything."""

    MAINTENANCE = "maintenance"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """When a window begins and how long it lasts.

    `rule` is an RRULE (RFC 5545) read in local time of `tz`; None means once. `first` is the local, naive instant
    the rule counts from; a rule without it is one that does not depend on where counting begins.
    """

    tz: str
    lasts: timedelta
    rule: str | None = None
    first: datetime | None = None

    def __post_init__(self) -> None:
        if self.lasts <= timedelta(0):
            message = "a window must last longer than nothing"
            raise ValueError(message)
        if self.rule is None and self.first is None:
            message = "a window needs a rule of recurrence or a first instant"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window and what it covers: whole services ('*' is all of them), single monitors, or monitors with tags."""

    id: str
    kind: WindowKind = WindowKind.MAINTENANCE
    services: tuple[str, ...] = ()
    monitors: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    reason: str
    when: Recurrence

    def covers(self, service: str, subject: "Subject | None" = None) -> bool:
        """Whether it is about this service, or about this monitor of the service."""
        if EVERYTHING in self.services or service in self.services:
            return True
        if subject is None:
            return False
        tagged = bool(self.tags) and all(subject.tags.get(name) == value for name, value in self.tags.items())
        return subject.monitor in self.monitors or tagged


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A monitor as windows see it."""

    monitor: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Occurrence:
    """One span of a window, half-open, in UTC."""

    begins: datetime
    ends: datetime

    def holds(self, at: datetime) -> bool:
        return self.begins <= at < self.ends


def active(
    windows: Iterable[Window],
    service: str,
    at: datetime,
    *,
    kind: WindowKind | None = None,
    subject: Subject | None = None,
) -> Window | None:
    """The window in force for a service (and, when given, one of its monitors); of several the one that ends last."""
    found: list[tuple[datetime, str, Window]] = []
    for window in windows:
        if (kind is None or window.kind is kind) and window.covers(service, subject):
            span = occurrence_at(window, at)
            if span is not None:
                found.append((span.ends, window.id, window))
    return max(found, key=lambda entry: entry[:2])[2] if found else None


def occurrence_at(window: Window, at: datetime) -> Occurrence | None:
    """The span of the window that holds `at`; of overlapping ones the one that ends last."""
    spans = [span for span in _spans_near(window.when, at.astimezone(UTC).date()) if span.holds(at)]
    return max(spans, key=lambda span: span.ends, default=None)


def next_start(window: Window, after: datetime) -> Occurrence | None:
    """The first span that begins after an instant; None when none does within four years."""
    zone = ZoneInfo(window.when.tz)
    limit = after + LOOK_AHEAD
    for local in _local_starts(window.when, after.astimezone(zone).date() - timedelta(days=1), limit):
        begins = _to_utc(local, zone)
        if begins > limit:
            break
        if begins > after:
            return Occurrence(begins=begins, ends=begins + window.when.lasts)
    return None


def next_starts(windows: Iterable[Window], after: datetime) -> tuple[tuple[Occurrence, Window], ...]:
    """The next span of each window that has one, soonest first."""
    found = [(span, window) for window in windows if (span := next_start(window, after)) is not None]
    return tuple(sorted(found, key=lambda entry: (entry[0].begins, entry[1].id)))


def check_recurrence(when: Recurrence) -> None:
    """Raises ValueError when the rule cannot be read, never comes true, or needs a beginning it does not have."""
    if when.rule is None:
        return
    if len(when.rule.split()) != 1:
        message = f"rrule '{when.rule}': write one rule on one line without spaces"
        raise ValueError(message)
    words = _words(when.rule)
    if words.get("FREQ") not in {"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"}:
        message = f"rrule '{when.rule}': FREQ must be YEARLY, MONTHLY, WEEKLY, DAILY or HOURLY"
        raise ValueError(message)
    depends = [name for name in ("INTERVAL", "COUNT") if words.get(name, "1") != "1" or name == "COUNT" in words]
    if words["FREQ"] == "WEEKLY" and "BYDAY" not in words:
        depends.append("a weekly rule without BYDAY")
    if depends and when.first is None:
        message = f"rrule '{when.rule}': {depends[0]} counts from a first day; say which with 'from: 2026-01-05'"
        raise ValueError(message)
    try:
        comes_true = any(True for _ in _rule(_unlimited(words), when.tz, LAST_CYCLE))
        _rule(when.rule, when.tz, when.first or LAST_CYCLE)
    except (ValueError, TypeError) as error:
        message = f"rrule '{when.rule}': {error}"
        raise ValueError(message) from error
    if not comes_true:
        message = f"rrule '{when.rule}': no such day ever comes"
        raise ValueError(message)


@lru_cache(maxsize=8192)
def _spans_near(when: Recurrence, day: date) -> tuple[Occurrence, ...]:
    """All spans that touch a UTC day, cached, as every decision of that day asks for them."""
    begin = datetime.combine(day, time(), UTC)
    end = begin + timedelta(days=1)
    zone = ZoneInfo(when.tz)
    earliest = (begin - when.lasts).astimezone(zone).date() - timedelta(days=1)
    spans = []
    for local in _local_starts(when, earliest, end):
        begins = _to_utc(local, zone)
        if begins < end and begins + when.lasts > begin:
            spans.append(Occurrence(begins=begins, ends=begins + when.lasts))
    return tuple(spans)


def _local_starts(when: Recurrence, earliest: date, latest: datetime) -> Iterable[datetime]:
    """Naive local starts from a day on, in order, up to about an instant."""
    if when.rule is None:
        return [when.first] if when.first is not None else []
    anchor = when.first or datetime(earliest.year, 1, 1)  # noqa: DTZ001  local on purpose
    until = latest.astimezone(ZoneInfo(when.tz)).replace(tzinfo=None) + timedelta(days=1)
    return _rule(when.rule, when.tz, anchor).between(datetime.combine(earliest, time()), until, inc=True)


@lru_cache(maxsize=1024)
def _rule(text: str, tz: str, anchor: datetime) -> rrule:
    """The rule on naive local time, so that 02:00 stays 02:00 on both sides of a change of clocks."""
    local = _UNTIL.sub(lambda found: f"UNTIL={_localised(found.group(1), tz)}", text.upper())
    rule = rrulestr(local, dtstart=anchor)
    if not isinstance(rule, rrule):
        message = f"rrule '{text}': exactly one rule is expected"
        raise TypeError(message)
    return rule


def _localised(stamp: str, tz: str) -> str:
    instant = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return f"{instant.astimezone(ZoneInfo(tz)):%Y%m%dT%H%M%S}"


def _words(rule: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in rule.upper().removeprefix("RRULE:").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _unlimited(words: Mapping[str, str]) -> str:
    """The rule without what only counts, to see whether it can come true at all."""
    return ";".join(f"{name}={value}" for name, value in words.items() if name not in {"INTERVAL", "COUNT", "UNTIL"})


def _to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """A time that the clocks skip is read with the offset before the change, one told twice as the first (RFC 5545)."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
