"""What others may ask of monitors' memory. Instants are aware and in UTC; windows include `since`, not `until`.

Availability and outages: monitors/availability.py and monitors/outages.py; percentiles: monitors/latencies.py. All
of them are named here, so that readers need one import.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitors.availability import Availability, availability, stretches
from monitors.latencies import Percentiles, latency_percentiles
from monitors.outages import Outage, outages
from monitors.seconds import Seconds
from monitors.state import MonitorState
from monitors.storage import latency
from monitors.storage import states as stored_states
from monitors.storage.codes import HEALTHS, health_of
from monitors.storage.numbers import known_numbers
from monitors.storage.portions import portions
from monitors.storage.reading import read
from monitors.storage.results import DAY_MS, HOUR_MS, MINUTE_MS, Results
from monitors.tables import BlockRow, HourBlockRow, MonitorNumberRow, RollupDayRow, SpanRow, SweepJournalRow
from watchdesk.clock import from_epoch_ms, to_epoch_ms
from watchdesk.health import Health
from watchdesk.signals import Sample

__all__ = [
    "Availability",
    "DayFigures",
    "HealthSpan",
    "LastResults",
    "Outage",
    "Percentiles",
    "Seconds",
    "availability",
    "change_counts",
    "daily",
    "last_results",
    "last_samples",
    "latency_percentiles",
    "measured",
    "newest_result_at",
    "outages",
    "recent_samples",
    "results_between",
    "samples_between",
    "spans",
    "states",
]

# How far back the newest results of a monitor are looked for, in turn, until there are enough of them.
LOOK_BACK_MS = (15 * MINUTE_MS, 2 * HOUR_MS, 26 * HOUR_MS, 8 * DAY_MS, 64 * DAY_MS)
FEW = 15  # more than that a monitor with the usual rhythm of a minute does not have in the first look back
GRID = timedelta(milliseconds=500)  # an old sample may seem that much earlier than the span it began


@dataclass(frozen=True, slots=True, kw_only=True)
class LastResults:
    """The newest results of one monitor, oldest first, as columns: seconds since the epoch, health, latency."""

    at: tuple[float, ...]
    health: tuple[Health, ...]
    latency_s: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSpan:
    """The monitor had this health from `start` to `end` (None: still has). Health None: nobody looked."""

    start: datetime
    end: datetime | None
    health: Health | None
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """One monitor's packed results of one UTC day, counted by health."""

    monitor: str
    day: date
    ok: int
    warning: int
    critical: int
    unknown: int
    latency_sum_s: float
    latency_max_s: float


def states(session: Session, monitors: Iterable[str] | None = None) -> dict[str, MonitorState]:
    """The present states of all monitors, or of those that are named and were ever checked."""
    return stored_states.load(session, monitors)


def recent_samples(session: Session, monitor: str, limit: int) -> tuple[Sample, ...]:
    """The newest samples of one monitor, oldest first."""
    return last_samples(session, [monitor], limit).get(monitor, ())


def last_samples(session: Session, monitors: Iterable[str], limit: int) -> dict[str, tuple[Sample, ...]]:
    """The newest samples of each of the monitors, oldest first; each with the summary of the span that covers it."""
    found = last_results(session, limit, monitors)
    if not found:
        return {}
    since = min(results.at[0] for results in found.values())
    told = _spans_of(session, known_numbers(session, found), round(since * 1000), None)
    return {name: _samples(results, told.get(name, ())) for name, results in found.items()}


def samples_between(session: Session, monitor: str, since: datetime, until: datetime) -> tuple[Sample, ...]:
    """Every stored sample of one monitor in the window, oldest first."""
    numbers = known_numbers(session, [monitor])
    window = to_epoch_ms(since), to_epoch_ms(until)
    results = read(session, *window, numbers.values())
    if not len(results):
        return ()
    return _samples(_columns(results), _spans_of(session, numbers, *window).get(monitor, ()))


def last_results(session: Session, limit: int, monitors: Iterable[str] | None = None) -> dict[str, LastResults]:
    """At most `limit` newest results of each of the monitors (None: of all); those without any are left out.

    For the bars of many monitors at once: one read for all of them. Looks back 64 days at most.
    """
    names = {number: name for name, number in known_numbers(session, monitors).items()}
    newest_ms = _newest_ms(session)
    missing = set(names)
    found: dict[str, LastResults] = {}
    for look_back_ms in LOOK_BACK_MS if limit <= FEW else LOOK_BACK_MS[1:]:
        if newest_ms is None or not missing:
            break
        is_last = look_back_ms == LOOK_BACK_MS[-1]
        results = read(session, newest_ms + 1 - look_back_ms, newest_ms + 1, missing)
        for number, part in results.parts_by(results.number):
            if is_last or len(part) >= limit:
                missing.discard(number)
                found[names[number]] = _columns(part.take(slice(-limit, None)))
    return found


def results_between(
    session: Session, since: datetime, until: datetime, monitors: Iterable[str] | None = None
) -> dict[str, LastResults]:
    """Every stored result in the window of each of the monitors (None: of all) that has any, oldest first."""
    names = {number: name for name, number in known_numbers(session, monitors).items()}
    results = read(session, to_epoch_ms(since), to_epoch_ms(until), names)
    return {names[number]: _columns(part) for number, part in results.parts_by(results.number)}


def spans(session: Session, monitor: str, since: datetime, until: datetime) -> tuple[HealthSpan, ...]:
    """The spans of one monitor that touch the window, oldest first, uncut."""
    numbers = known_numbers(session, [monitor])
    return _spans_of(session, numbers, to_epoch_ms(since), to_epoch_ms(until)).get(monitor, ())


def change_counts(session: Session, since: datetime, until: datetime) -> dict[str, int]:
    """How often the health of each monitor changed in the window, for those where it did."""
    row, number = SpanRow, MonitorNumberRow
    began = row.start_ms.between(to_epoch_ms(since), to_epoch_ms(until) - 1)
    counted = select(number.monitor, func.count()).join(row, row.number == number.number).where(began)
    return dict(session.execute(counted.group_by(number.monitor)).tuples().all())


def daily(session: Session, since: datetime, until: datetime) -> tuple[DayFigures, ...]:
    """The figures of every UTC day that the window touches, by day and monitor; the last hour may be missing."""
    row, number = RollupDayRow, MonitorNumberRow
    days = row.day.between(to_epoch_ms(since) // DAY_MS, (to_epoch_ms(until) - 1) // DAY_MS)
    wanted = select(row, number.monitor).join(number, number.number == row.number).where(days)
    found = session.execute(wanted.order_by(row.day, number.monitor)).tuples()
    return tuple(_day_figures(figures, monitor) for figures, monitor in found)


def _day_figures(row: RollupDayRow, monitor: str) -> DayFigures:
    return DayFigures(
        monitor=monitor,
        day=from_epoch_ms(row.day * DAY_MS).date(),
        ok=row.ok,
        warning=row.warning,
        critical=row.critical,
        unknown=row.unknown,
        latency_sum_s=row.latency_sum_s,
        latency_max_s=row.latency_max_s,
    )


def measured(
    session: Session, since: datetime, until: datetime, monitors: Iterable[str] | None = None
) -> dict[str, tuple[HealthSpan, ...]]:
    """The history of each of the monitors (None: of all) cut to the window, oldest first, without summaries.

    The last span ends where the last result ceases to speak, so every end is known.
    """
    numbers = known_numbers(session, monitors)
    found = stretches(session, numbers.values(), (to_epoch_ms(since), to_epoch_ms(until)))
    return {name: tuple(_stretch(*part) for part in sorted(found.get(number, ()))) for name, number in numbers.items()}


def _stretch(start_ms: int, end_ms: int, code: int) -> HealthSpan:
    return HealthSpan(start=from_epoch_ms(start_ms), end=from_epoch_ms(end_ms), health=health_of(code), summary="")


def newest_result_at(session: Session) -> datetime | None:
    """When the newest result began that is not packed away yet; None when there is none."""
    newest_ms = session.execute(select(func.max(SweepJournalRow.last_ms))).scalar()
    return None if newest_ms is None else from_epoch_ms(newest_ms)


def _newest_ms(session: Session) -> int | None:
    """The instant of the newest result, to the hour or day once it is packed."""
    ends = (
        session.execute(select(func.max(SweepJournalRow.last_ms))).scalar(),
        _end(session.execute(select(func.max(HourBlockRow.hour))).scalar(), HOUR_MS),
        _end(session.execute(select(func.max(BlockRow.day))).scalar(), DAY_MS),
    )
    return max((end for end in ends if end is not None), default=None)


def _end(place: int | None, length_ms: int) -> int | None:
    return None if place is None else (place + 1) * length_ms - 1


def _columns(results: Results) -> LastResults:
    seconds = latency.decode(results.latency).tolist()
    return LastResults(
        at=tuple((results.at_ms / 1000).tolist()),
        health=tuple([HEALTHS[code] for code in results.health.tolist()]),
        latency_s=tuple([None if s != s else s for s in seconds]),  # noqa: PLR0124  NaN is no latency
    )


def _samples(results: LastResults, told: Sequence[HealthSpan]) -> tuple[Sample, ...]:
    starts = [span.start for span in told]
    columns = zip(results.at, results.health, results.latency_s, strict=True)
    samples = []
    for at, health, latency_s in columns:
        instant = from_epoch_ms(round(at * 1000))
        near = told[max(0, bisect_right(starts, instant) - 1) : bisect_right(starts, instant + GRID)]
        summary = next((span.summary for span in near if span.health is health), "")
        samples.append(Sample(at=instant, health=health, latency_s=latency_s, summary=summary))
    return tuple(samples)


def _spans_of(
    session: Session, numbers: Mapping[str, int], since_ms: int, until_ms: int | None
) -> dict[str, tuple[HealthSpan, ...]]:
    """The spans of each monitor that touch the window, oldest first."""
    row = SpanRow
    wanted = select(row).where((row.end_ms > since_ms) | row.end_ms.is_(None))
    if until_ms is not None:
        wanted = wanted.where(row.start_ms < until_ms)
    names = {number: name for name, number in numbers.items()}
    found: dict[str, list[SpanRow]] = {}
    for some in portions(names):
        for span in session.scalars(wanted.where(row.number.in_(some))):
            found.setdefault(names[span.number], []).append(span)
    return {
        name: tuple(_span_of(span) for span in sorted(rows, key=attrgetter("start_ms"))) for name, rows in found.items()
    }


def _span_of(row: SpanRow) -> HealthSpan:
    return HealthSpan(
        start=from_epoch_ms(row.start_ms),
        end=None if row.end_ms is None else from_epoch_ms(row.end_ms),
        health=health_of(row.health),
        summary=row.summary,
    )
