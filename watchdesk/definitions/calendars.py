"""calendars/*.yaml: calendars of business hours, and windows of maintenance and freezes."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

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
from watchdesk.definitions.models import Definition, Name, Text, mapping_at, refuse_unknown_keys, validate
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
        message = f"'{text}' is no known time zone; write it like Europe/Berlin or UTC"
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


Zone = Annotated[str, AfterValidator(_zone)]
LocalInstant = Annotated[
    datetime,
    BeforeValidator(_local_instant),
    WithJsonSchema({"type": "string", "examples": ["2026-01-05", "2026-01-05T22:00"]}),
]
Listed = Annotated[tuple[str, ...], BeforeValidator(one_or_more), ONE_OR_MORE]


class CalendarModel(Definition):
    """One calendar: `hours` maps days (`mon`, `mon-fri`) to a span of hours or a list of them."""

    tz: Zone = "UTC"
    hours: dict[str, Listed] = Field(min_length=1)
    holidays: Listed = ()


class WindowModel(Definition):
    """One window: `rrule` with `lasts`, or once `from` with `lasts`, in local time of `tz`."""

    rrule: Text | None = None
    from_: LocalInstant | None = Field(None, alias="from")
    lasts: Duration
    tz: Zone = "UTC"
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
        try:
            calendar = _calendar(name, model)
        except _Misplaced as error:
            self._faults.add(document.place((*location, *error.location)), str(error), "D007")
            return
        if name == ALWAYS.id and not (calendar.is_always_open and calendar.tz == ALWAYS.tz):
            message = "the calendar 'always' is built in and means every hour of every day in UTC; choose another name"
            self._faults.add(document.key_place(location), message, "D009")
            return
        self.calendars[name] = calendar

    def _read_window(self, document: Document, name: str) -> None:
        location: Location = ("windows", name)
        model = validate(WindowModel, document, location, self._faults)
        if model is None or not self._is_selection_known(document, location, model):
            return
        try:
            self.windows[name] = _window(name, model)
        except (ValueError, TypeError) as error:
            key = "rrule" if model.rrule is not None else "lasts"
            self._faults.add(document.place((*location, key)), str(error), "D007")

    def _is_selection_known(self, document: Document, location: Location, model: WindowModel) -> bool:
        if not (model.services or model.monitors or model.tags):
            message = f"window '{location[1]}' covers nothing; list services, monitors or tags (services: ['*'] is all)"
            self._faults.add(document.key_place(location), message, "D006")
            return False
        uses = Uses(self._faults)
        checks = [
            uses.check("service", service, self._services | {EVERYTHING}, (document, (*location, "services", index)))
            for index, service in enumerate(model.services)
        ]
        return all(checks)


class _Misplaced(ValueError):
    """A fault that pydantic cannot see, with where it stands below the calendar."""

    def __init__(self, message: str, *location: str | int) -> None:
        super().__init__(message)
        self.location = location


def _calendar(name: str, model: CalendarModel) -> Calendar:
    hours = [span for days, ranges in model.hours.items() for span in _hours(days, ranges)]
    try:
        ordered = merged(hours)
    except ValueError as error:
        raise _Misplaced(str(error), "hours") from error
    regions, days_off, yearly = _days_off(model.holidays)
    return Calendar(id=name, tz=model.tz, hours=ordered, regions=regions, days_off=days_off, yearly_days_off=yearly)


def _hours(days: str, ranges: Iterable[str]) -> Iterable[OpenHours]:
    weekdays = _weekdays(days)
    for text in ranges:
        begins, ends = _range(text, days)
        for weekday in weekdays:
            if begins < ends:
                yield OpenHours(weekday=weekday, begins=begins, ends=ends)
                continue
            yield OpenHours(weekday=weekday, begins=begins, ends=MINUTES_A_DAY)  # over midnight, into the next day
            if ends:
                yield OpenHours(weekday=(weekday + 1) % 7, begins=0, ends=ends)


def _weekdays(days: str) -> list[int]:
    """`mon`, `mon-fri`, `fri-mon`, or several with commas, as numbers from Monday 0."""
    found = []
    for part in days.lower().split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        for word in (first, last) if dash else (first,):
            if word not in WEEKDAYS:
                message = f"'{word}' is no day of the week; write {', '.join(WEEKDAYS)}{did_you_mean(word, WEEKDAYS)}"
                raise _Misplaced(message, "hours", days)
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last if dash else first)
        found += [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]
    return found


def _range(text: str, days: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(text.strip())
    if found:
        first_hour, first_minute, last_hour, last_minute = (int(part) for part in found.groups())
        begins, ends = first_hour * 60 + first_minute, last_hour * 60 + last_minute
        minutes_fit = first_minute < 60 and last_minute < 60
        if minutes_fit and begins < MINUTES_A_DAY and ends <= MINUTES_A_DAY and begins != ends:
            return begins, ends
    message = f"'{text}' is not a span of hours; write it like 08:00-18:00, with 24:00 for the end of the day"
    raise _Misplaced(message, "hours", days)


def _days_off(listed: Iterable[str]) -> tuple[tuple[str, ...], frozenset[date], frozenset[tuple[int, int]]]:
    regions: list[str] = []
    days: set[date] = set()
    yearly: set[tuple[int, int]] = set()
    for text in listed:
        try:
            _sort_day_off(text, regions, days, yearly)
        except ValueError as error:
            raise _Misplaced(str(error), "holidays") from error
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


def _window(name: str, model: WindowModel) -> Window:
    when = Recurrence(tz=model.tz, lasts=model.lasts, rule=model.rrule, first=model.from_)
    check_recurrence(when)
    return Window(
        id=name,
        kind=model.kind,
        services=model.services,
        monitors=model.monitors,
        tags=model.tags,
        reason=model.reason,
        when=when,
    )
