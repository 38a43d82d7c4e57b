"""Availability, exact from spans: how long each monitor was in which health, with planned time told apart."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, null, select, union_all
from sqlalchemy.orm import Session, aliased

from monitors import pauses
from monitors.seconds import Seconds, Tally
from monitors.storage.codes import CRITICAL, OK, UNMEASURED, WARNING
from monitors.storage.numbers import known_numbers
from monitors.storage.open_span import end_of_open, stands_until, with_rhythm
from monitors.storage.portions import portions
from monitors.tables import SpanRow
from watchdesk.clock import to_epoch_ms

Interval = tuple[datetime, datetime]
Window = tuple[int, int]  # from, up to before; milliseconds since the epoch
Stretch = tuple[int, int, int]  # from, up to before, health code
CELLS = UNMEASURED + 1
OF_OPEN = ("first_ms", "start_ms", "stands_until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability(Seconds):
    """One monitor in one window: all of it, of which `planned` lay in pauses and maintenance.

    `outages` counts the stretches of critical time that touch the window (`monitors.outages`).
    """

    outages: int = 0
    planned: Seconds = field(default_factory=Seconds)

    @property
    def unplanned(self) -> Seconds:
        """The window without pauses and maintenance, which leave the denominator and do not count as good."""
        return Seconds(**{name: getattr(self, name) - getattr(self.planned, name) for name in Seconds.__slots__})


def availability(
    session: Session,
    since: datetime,
    until: datetime,
    monitors: Iterable[str] | None = None,
    maintenance: Mapping[str, Sequence[Interval]] | None = None,
) -> dict[str, Availability]:
    """The availability of each of the monitors (None: of all that were ever known) from `since` to `until`.

    `maintenance` are planned intervals by monitor; pauses are known here and added to them. The five figures of each
    monitor add up to the window.
    """
    numbers = known_numbers(session, monitors)
    window = to_epoch_ms(since), to_epoch_ms(until)
    tallies = _tallies(session, window)
    outages = _outages(session, window)
    planned = _planned(session, numbers, (since, until), maintenance or {})
    found: dict[str, Availability] = {}
    for name, number in numbers.items():
        tally = tallies.get(number) or Tally()
        tally.fill(window[1] - window[0])
        found[name] = Availability(**tally.seconds(), outages=outages[number], planned=planned.get(number, Seconds()))
    return found


def stretches(session: Session, numbers: Iterable[int], window: Window) -> dict[int, list[Stretch]]:
    """The measured history of each monitor, by number, cut to the window and to what its last result speaks for."""
    row = SpanRow
    columns = (row.number, row.health, row.start_ms, row.end_ms, stands_until())
    wanted = with_rhythm(select(*columns)).where(
        row.start_ms < window[1], (row.end_ms > window[0]) | row.end_ms.is_(None)
    )
    found: dict[int, list[Stretch]] = defaultdict(list)
    for some in portions(numbers):
        for span in session.execute(wanted.where(row.number.in_(some))):
            end_ms = span.end_ms if span.end_ms is not None else end_of_open(span.start_ms, span.stands_until)
            start_ms, end_ms = max(span.start_ms, window[0]), min(end_ms, window[1])
            if start_ms < end_ms:
                found[span.number].append((start_ms, end_ms, span.health))
    return found


def _tallies(session: Session, window: Window) -> dict[int, Tally]:
    """Time by health of each monitor; good time is what the others leave of the time that spans cover.

    The spans of a monitor lie side by side without a gap (nobody looked is a span too), so the many good ones need
    not be read. One statement, so that no change that is written meanwhile can fall between two.
    """
    found: dict[int, Tally] = defaultdict(Tally)
    for row in session.execute(union_all(_closed_but_good(window), _open())):
        number, health = divmod(row.cell, CELLS)
        tally = found[number]
        if row.ms is not None:
            tally.add(health, int(row.ms))
            tally.add(OK, -int(row.ms))
            continue
        end_ms = min(end_of_open(row.start_ms, row.stands_until), window[1])
        tally.add(OK, max(0, end_ms - max(row.first_ms, window[0])))
        open_ms = max(0, end_ms - max(row.start_ms, window[0]))
        tally.add(OK, -open_ms)
        tally.add(health, open_ms)
    return found


def _closed_but_good(window: Window) -> Select[Any]:
    """Milliseconds by monitor and health, in one number: grouped by two columns SQLite would take another index."""
    row, (since_ms, until_ms) = SpanRow, window
    end_ms = case((row.end_ms > until_ms, until_ms), else_=row.end_ms)
    start_ms = case((row.start_ms < since_ms, since_ms), else_=row.start_ms)
    cell = (row.number * CELLS + row.health).label("cell")
    columns = (cell, func.sum(end_ms - start_ms).label("ms"), *(null().label(name) for name in OF_OPEN))
    where = (row.end_ms > since_ms, row.start_ms < until_ms, row.health != OK)
    return select(*columns).where(*where).group_by("cell")


def _open() -> Select[Any]:
    row, earlier = SpanRow, aliased(SpanRow)
    first = select(func.min(earlier.start_ms)).where(earlier.number == row.number).scalar_subquery()
    wanted = select(row.number * CELLS + row.health, null(), first, row.start_ms, stands_until())
    return with_rhythm(wanted).where(row.end_ms.is_(None))


def _outages(session: Session, window: Window) -> Counter[int]:
    """Critical spans that follow no critical one; unknown and unmeasured time between two of them joins them."""
    row, earlier, (since_ms, until_ms) = SpanRow, aliased(SpanRow), window
    judged = (earlier.number == row.number, earlier.health.in_((OK, WARNING, CRITICAL)))
    before = select(earlier.health).where(*judged, earlier.start_ms < row.start_ms, earlier.end_ms > since_ms)
    wanted = select(row.number, before.order_by(earlier.start_ms.desc()).limit(1).scalar_subquery().label("before"))
    critical = wanted.where(row.health == CRITICAL, row.start_ms < until_ms)
    both = union_all(critical.where(row.end_ms > since_ms), critical.where(row.end_ms.is_(None)))
    return Counter(span.number for span in session.execute(both) if span.before != CRITICAL)


def _planned(
    session: Session, numbers: Mapping[str, int], window: Interval, maintenance: Mapping[str, Sequence[Interval]]
) -> dict[int, Seconds]:
    intervals: dict[int, list[Window]] = defaultdict(list)
    for name, planned in maintenance.items():
        if name in numbers:
            intervals[numbers[name]] += [(to_epoch_ms(start), to_epoch_ms(end)) for start, end in planned]
    for pause in pauses.between(session, *window, numbers):
        intervals[numbers[pause.monitor]].append((to_epoch_ms(pause.since), to_epoch_ms(pause.end or window[1])))
    if not intervals:
        return {}
    borders = to_epoch_ms(window[0]), to_epoch_ms(window[1])
    seen = stretches(session, intervals, borders)
    return {number: within(seen.get(number, []), _merged(found, borders)) for number, found in intervals.items()}


def within(seen: Iterable[Stretch], intervals: Sequence[Window]) -> Seconds:
    """Time by health inside the intervals, which do not overlap."""
    tally = Tally()
    for start_ms, end_ms, code in seen:
        for first_ms, last_ms in intervals:
            tally.add(code, max(0, min(end_ms, last_ms) - max(start_ms, first_ms)))
    tally.fill(sum(last_ms - first_ms for first_ms, last_ms in intervals))
    return Seconds(**tally.seconds())


def _merged(intervals: Iterable[Window], borders: Window) -> list[Window]:
    """The intervals cut to the borders, those that touch put together."""
    found: list[Window] = []
    for start_ms, end_ms in sorted(intervals):
        start_ms, end_ms = max(start_ms, borders[0]), min(end_ms, borders[1])  # noqa: PLW2901  cut to the borders
        if start_ms >= end_ms:
            continue
        if found and start_ms <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end_ms))
        else:
            found.append((start_ms, end_ms))
    return found
