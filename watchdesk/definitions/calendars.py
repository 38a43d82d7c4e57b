"""calendars/*.yaml: calendars of business hours, and windows of maintenance and freezes."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema

from watchdesk.calendars import (
    ALWAYS,
    MINUTES_A_DAY,
    WEEKDAYS,
    Calendar,
    Calendars,
    OpenHours,
    merged,
    public_holidays,
)
from watchdesk.definitions.documents import Document, Location, read_documents
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.models import Definition, Name, Text, at, mapping_at, refuse_unknown_keys, validate
from watchdesk.definitions.names import ONE_OR_MORE, Uses, names_in, one_or_more
from watchdesk.definitions.quantities import Duration
from watchdesk.spelling import did_you_mean
from watchdesk.windows import EVERYTHING, Recurrence, Window, WindowKind, check_recurrence

FOLDER = "calendars"
KEYS = ("calendars", "windows")
_RANGE = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_YEARLY = re.compile(r"(\d{2})-(\d{2})")
_REGION = re.compile(r"[A-Z]{2}(-[A-Za-z0-9]{1,4})?")


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:  # each is raised for some kind of wrong name
        message = f"'tz': '{text}' is no known time zone; write it like Europe/Berlin or UTC"
        raise ValueError(message) from error
    return text


def _local_instant(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        instant = datetime.fromisoformat(given)
    except ValueError as error:
        message = f"'{given}' is not a date or time; write it like 2026-01-05 or 2026-01-05T22:00"
        raise ValueError(message) from error
    if instant.tzinfo is not None:
        message = f"'{given}' carries an offset; write local time and name the zone under 'tz'"
        raise ValueError(message)
    return instant


LocalInstant = Annotated[
    datetime,
    BeforeValidator(_local_instant),
    WithJsonSchema({"type": "string", "examples": ["2026-01-05", "2026-01-05T22:00"]}),
]
Given = TypeVar("Given")
Made = TypeVar("Made")
Listed = Annotated[tuple[str, ...], BeforeValidator(one_or_more), ONE_OR_MORE]


class CalendarModel(Definition):
    """One calendar: `hours` maps days (`mon`, `mon-fri`) to a span of hours or a list of them."""

    tz: Text = "UTC"
    hours: dict[str, Listed] = Field(min_length=1)
    holidays: Listed = ()


class WindowModel(Definition):
    """One window: `rrule` with `lasts`, or once `from` with `lasts`, in local time of `tz`."""

    rrule: Text | None = None
    from_: LocalInstant | None = Field(None, alias="from")
    lasts: Duration
    tz: Text = "UTC"
    kind: WindowKind = WindowKind.MAINTENANCE
    services: tuple[str, ...] = ()
    monitors: tuple[Name, ...] = ()
    tags: dict[str, str] = Field(default_factory=dict)
    reason: Text


def load_calendars(root: Path, faults: Faults) -> Calendars:
    """All calendars and windows below `root/calendars`, with `always`; what is wrong goes to `faults`, all at once."""
    reader = _Reader(faults, names_in(root, "services", "services"))
    for document in read_documents(root, FOLDER, faults):
        if not isinstance(document.content, dict):
            faults.add(document.place(()), "a file of calendars is a mapping with 'calendars' and 'windows'", "D004")
            continue
        refuse_unknown_keys(document, KEYS, faults)
        reader.read(document)
    return Calendars(calendars=reader.calendars | {ALWAYS.id: ALWAYS}, windows=tuple(reader.windows.values()))


class _Reader:
    def __init__(self, faults: Faults, services: frozenset[str]) -> None:
        self._faults, self._services = faults, services
        self._declared: dict[Location, str] = {}
        self.calendars: dict[str, Calendar] = {}
        self.windows: dict[str, Window] = {}

    def read(self, document: Document) -> None:
        for name in mapping_at(document, ("calendars",), self._faults):
            if self._is_first(document, ("calendars", name)):
                self._read_calendar(document, name)
        for name in mapping_at(document, ("windows",), self._faults):
            if self._is_first(document, ("windows", name)):
                self._read_window(document, name)

    def _is_first(self, document: Document, location: Location) -> bool:
        place = document.key_place(location)
        earlier = self._declared.setdefault(location, str(place))
        if earlier != str(place):
            word = str(location[0]).removesuffix("s")
            self._faults.add(place, f"{word} '{location[1]}' is already defined at {earlier}", "D009")
            return False
        return True

    def _read_calendar(self, document: Document, name: str) -> None:
        location: Location = ("calendars", name)
        model = validate(CalendarModel, document, location, self._faults)
        if model is None:
            return
        parts = _Parts()
        calendar = _calendar(name, model, parts)
        self._tell(parts, document, location)
        if calendar is None:
            return
        if name == ALWAYS.id and not (calendar.is_always_open and calendar.tz == ALWAYS.tz):
            message = "the calendar 'always' is built in and means every hour of every day in UTC; choose another name"
            self._faults.add(document.key_place(location), message, "D009")
            return
        self.calendars[name] = calendar

    def _read_window(self, document: Document, name: str) -> None:
        location: Location = ("windows", name)
        is_known = self._is_selection_known(document, location)
        model = validate(WindowModel, document, location, self._faults)
        if model is None:
            return
        parts = _Parts()
        zone = parts.of(_zone, model.tz, "tz") or ALWAYS.tz
        when = parts.of(partial(_recurrence, model), zone, "lasts" if model.rrule is None else "rrule")
        self._tell(parts, document, location)
        if when is not None and is_known and not parts.wrong:
            self.windows[name] = _window(name, model, when)

    def _tell(self, parts: "_Parts", document: Document, location: Location) -> None:
        for steps, message in parts.wrong:
            self._faults.add(document.place((*location, *steps)), message, "D007")

    def _is_selection_known(self, document: Document, location: Location) -> bool:
        """Whether what the window covers exists, looked at in its text, whatever else is wrong with it."""
        if not any(at(document, (*location, key)) for key in ("services", "monitors", "tags")):
            message = f"window '{location[1]}' covers nothing; list services, monitors or tags (services: ['*'] is all)"
            self._faults.add(document.key_place(location), message, "D006")
            return False
        listed = at(document, (*location, "services"))
        uses, known = Uses(self._faults), self._services | {EVERYTHING}
        checks = [
            uses.check("service", service, known, (document, (*location, "services", index)))
            for index, service in enumerate(listed if isinstance(listed, list) else ())
            if isinstance(service, str)
        ]
        return all(checks)


@dataclass(slots=True)
class _Parts:
    """Takes a definition apart and goes on after a part that is wrong: what was wrong, and where below it."""

    wrong: list[tuple[Location, str]] = field(default_factory=list)

    def of(self, read: Callable[[Given], Made], given: Given, *location: str | int) -> Made | None:
        """What `read` makes of it; None when it raises ValueError, which is kept."""
        try:
            return read(given)
        except (ValueError, TypeError) as error:
            self.wrong.append((location, str(error)))
            return None


def _calendar(name: str, model: CalendarModel, parts: _Parts) -> Calendar | None:
    hours: list[OpenHours] = []
    for days, ranges in model.hours.items():
        for text in ranges:
            hours += parts.of(_hours, (days, text), "hours", days) or ()
    ordered = parts.of(merged, hours, "hours") or ()
    regions, days_off, yearly = _days_off(model.holidays, parts)
    zone = parts.of(_zone, model.tz, "tz") or ALWAYS.tz
    if parts.wrong:
        return None
    return Calendar(id=name, tz=zone, hours=ordered, regions=regions, days_off=days_off, yearly_days_off=yearly)


def _hours(given: tuple[str, str]) -> list[OpenHours]:
    """What a span of hours on one or more days means: given are the days and the span."""
    days, text = given
    begins, ends = _range(text)
    found = []
    for weekday in _weekdays(days):
        if begins < ends:
            found.append(OpenHours(weekday=weekday, begins=begins, ends=ends))
            continue
        found.append(OpenHours(weekday=weekday, begins=begins, ends=MINUTES_A_DAY))  # over midnight, into the next day
        if ends:
            found.append(OpenHours(weekday=(weekday + 1) % 7, begins=0, ends=ends))
    return found


def _weekdays(days: str) -> list[int]:
    """`mon`, `mon-fri`, `fri-mon`, or several with commas, as numbers from Monday 0."""
    found = []
    for part in days.lower().split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        for word in (first, last) if dash else (first,):
            if word not in WEEKDAYS:
                message = f"'{word}' is no day of the week; write {', '.join(WEEKDAYS)}{did_you_mean(word, WEEKDAYS)}"
                raise ValueError(message)
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last if dash else first)
        found += [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]
    return found


def _range(text: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(text.strip())
    if found:
        first_hour, first_minute, last_hour, last_minute = (int(part) for part in found.groups())
        begins, ends = first_hour * 60 + first_minute, last_hour * 60 + last_minute
        minutes_fit = first_minute < 60 and last_minute < 60
        if minutes_fit and begins < MINUTES_A_DAY and ends <= MINUTES_A_DAY and begins != ends:
            return begins, ends
    message = f"'{text}' is not a span of hours; write it like 08:00-18:00, with 24:00 for the end of the day"
    raise ValueError(message)


def _days_off(
    listed: Iterable[str], parts: _Parts
) -> tuple[tuple[str, ...], frozenset[date], frozenset[tuple[int, int]]]:
    regions: list[str] = []
    days: set[date] = set()
    yearly: set[tuple[int, int]] = set()
    for text in listed:
        parts.of(lambda given: _sort_day_off(given, regions, days, yearly), text, "holidays")
    return tuple(regions), frozenset(days), frozenset(yearly)


def _sort_day_off(text: str, regions: list[str], days: set[date], yearly: set[tuple[int, int]]) -> None:
    found: Any
    if found := _YEARLY.fullmatch(text):
        date(2024, int(found.group(1)), int(found.group(2)))  # a leap year, so that 02-29 may be meant
        yearly.add((int(found.group(1)), int(found.group(2))))
    elif _REGION.fullmatch(text):
        public_holidays(text, 2024)
        regions.append(text)
    else:
        try:
            days.add(date.fromisoformat(text))
        except ValueError as error:
            message = f"'{text}' is neither a region (DE-BE) nor a date (2026-12-24 or 12-24)"
            raise ValueError(message) from error


def _recurrence(model: WindowModel, zone: str) -> Recurrence:
    when = Recurrence(tz=zone, lasts=model.lasts, rule=model.rrule, first=model.from_)
    check_recurrence(when)
    return when


def _window(name: str, model: WindowModel, when: Recurrence) -> Window:
    return Window(
        id=name,
        kind=model.kind,
        services=model.services,
        monitors=model.monitors,
        tags=model.tags,
        reason=model.reason,
        when=when,
    )
