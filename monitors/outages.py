"""Outages: stretches in which a monitor was bad and never known to be good again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from monitors.storage.codes import CRITICAL, HEALTHS, OK, WARNING
from monitors.storage.numbers import known_numbers
from monitors.storage.open_span import end_of_open, stands_until, with_rhythm
from monitors.storage.portions import portions
from monitors.tables import SpanRow
from watchdesk.clock import from_epoch_ms, to_epoch_ms
from watchdesk.health import Health, worst

GOOD = {OK, WARNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """From the first bad sample to the first good one after it; `end` is None while there is none.

    Unknown and unmeasured time neither begins nor ends an outage: `bad_s` is the time in it that was seen to be bad.
    `summary` is what was seen when it began.
    """

    monitor: str
    start: datetime
    end: datetime | None
    worst: Health
    summary: str
    bad_s: float


@dataclass(slots=True)
class _Run:
    """The bad spans of one outage, and when the good one began that ended it."""

    bad: list[Row[Any]] = field(default_factory=list)
    end_ms: int | None = None


def outages(
    session: Session,
    since: datetime,
    until: datetime,
    monitors: Iterable[str] | None = None,
    level: Health = Health.CRITICAL,
) -> tuple[Outage, ...]:
    """The outages with bad time between `since` and `until`, uncut, by start and monitor.

    `level` says what is bad: critical, or with warning also that.
    """
    names = {number: name for name, number in known_numbers(session, monitors).items()}
    window = to_epoch_ms(since), to_epoch_ms(until)
    bad = {CRITICAL} if level is Health.CRITICAL else {WARNING, CRITICAL}
    found: list[Outage] = []
    for some in portions(names):
        for number, group in groupby(_spans_around(session, some, window, bad), key=attrgetter("number")):
            found += [_outage(names[number], run) for run in _runs(group, bad) if _touches(run, window)]
    return tuple(sorted(found, key=attrgetter("start", "monitor")))


def _spans_around(
    session: Session, numbers: Sequence[int], window: tuple[int, int], bad: Collection[int]
) -> Sequence[Row[Any]]:
    """Spans by monitor and time, from the last good one before the window to the first good one after it.

    Only of monitors that were bad in the window.
    """
    row = SpanRow
    begins = _nearest_good(func.max, bad, row.start_ms <= window[0])
    ends = _nearest_good(func.min, bad, row.start_ms >= window[1])
    touches = (row.start_ms < window[1], (row.end_ms > window[0]) | row.end_ms.is_(None))
    affected = select(row.number).where(row.health.in_(bad), row.number.in_(numbers), *touches)
    wanted = select(row.number, row.start_ms, row.end_ms, row.health, row.summary, stands_until())
    around = (
        with_rhythm(wanted)
        .outerjoin(begins, begins.c.number == row.number)
        .outerjoin(ends, ends.c.number == row.number)
        .where(row.number.in_(affected))
        .where(row.start_ms >= func.coalesce(begins.c.start_ms, 0))
        .where((ends.c.start_ms.is_(None)) | (row.start_ms <= ends.c.start_ms))
    )
    return session.execute(around.order_by(row.number, row.start_ms)).all()


def _nearest_good(nearest: Any, bad: Collection[int], where: ColumnElement[bool]) -> Any:
    row = SpanRow
    good = GOOD - set(bad)
    found: Select[Any] = select(row.number, nearest(row.start_ms).label("start_ms"))
    return found.where(row.health.in_(good), where).group_by(row.number).subquery()


def _runs(spans: Iterable[Row[Any]], bad: Collection[int]) -> list[_Run]:
    """The spans of one monitor, in order, as its outages."""
    runs: list[_Run] = []
    present: _Run | None = None
    for span in spans:
        if span.health in bad:
            if present is None:
                present = _Run()
                runs.append(present)
            present.bad.append(span)
        elif present is not None and span.health in GOOD:
            present.end_ms = span.start_ms
            present = None
    return runs


def _touches(run: _Run, window: tuple[int, int]) -> bool:
    return any(span.start_ms < window[1] and (span.end_ms is None or span.end_ms > window[0]) for span in run.bad)


def _outage(monitor: str, run: _Run) -> Outage:
    return Outage(
        monitor=monitor,
        start=from_epoch_ms(run.bad[0].start_ms),
        end=None if run.end_ms is None else from_epoch_ms(run.end_ms),
        worst=worst(HEALTHS[span.health] for span in run.bad),
        summary=run.bad[0].summary,
        bad_s=sum(_known_end(span) - span.start_ms for span in run.bad) / 1000,
    )


def _known_end(span: Row[Any]) -> int:
    return int(span.end_ms) if span.end_ms is not None else end_of_open(span.start_ms, span.stands_until)
