"""Outages: stretches in which a monitor was bad and never known to be good again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, func, select, union_all
from sqlalchemy.orm import Session, aliased

from monitors.storage.codes import CRITICAL, HEALTHS, OK, WARNING
from monitors.storage.numbers import known_numbers
from monitors.storage.open_span import end_of_open, stands_until, with_rhythm
from monitors.tables import SpanRow
from watchdesk.clock import from_epoch_ms, to_epoch_ms
from watchdesk.health import Health, worst

GOOD = frozenset({OK, WARNING})
NEVER, FOR_EVER = -(1 << 62), 1 << 62


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
    bad = frozenset({CRITICAL} if level is Health.CRITICAL else {WARNING, CRITICAL})
    window = to_epoch_ms(since), to_epoch_ms(until)
    touched = _bad_spans(session, window, bad)
    chosen = {(span.number, span.outage_ms) for span in touched if span.number in names}
    if not chosen:
        return ()
    around = _around(touched, window)
    spans: dict[tuple[int, int], list[Row[Any]]] = {}
    for span in touched if around == window else _bad_spans(session, around, bad):
        if (span.number, span.outage_ms) in chosen:
            spans.setdefault((span.number, span.outage_ms), []).append(span)
    found = [_outage(names[number], part) for (number, _), part in spans.items()]
    return tuple(sorted(found, key=attrgetter("start", "monitor")))


def _around(spans: Sequence[Row[Any]], window: tuple[int, int]) -> tuple[int, int]:
    """The window, widened to hold the outages of these spans whole."""
    ends = [FOR_EVER if span.good_ms is None else span.good_ms for span in spans]
    return min(window[0], *(span.outage_ms for span in spans)), max(window[1], *ends)


def _bad_spans(session: Session, window: tuple[int, int], bad: frozenset[int]) -> Sequence[Row[Any]]:
    """The bad spans that touch the window, in order of time.

    `outage_ms` is when the outage that each belongs to began, `good_ms` when it ended, None while it has not.
    """
    row, first, last, following = SpanRow, aliased(SpanRow), aliased(SpanRow), aliased(SpanRow)
    good = GOOD - bad
    last_good = (
        select(last.start_ms)
        .where(last.number == row.number, last.health.in_(good), last.start_ms < row.start_ms)
        .order_by(last.start_ms.desc())
        .limit(1)
        .correlate(row)
        .scalar_subquery()
    )
    began = (
        select(first.start_ms)
        .where(first.number == row.number, first.health.in_(bad), first.start_ms > func.coalesce(last_good, NEVER))
        .order_by(first.start_ms)
        .limit(1)
        .correlate(row)
        .scalar_subquery()
    )
    ended = (
        select(following.start_ms)
        .where(following.number == row.number, following.health.in_(good), following.start_ms > row.start_ms)
        .order_by(following.start_ms)
        .limit(1)
        .correlate(row)
        .scalar_subquery()
    )
    columns = (row.number, row.start_ms, row.end_ms, row.health, row.summary, stands_until())
    wanted = with_rhythm(select(*columns, began.label("outage_ms"), ended.label("good_ms")))
    of_window = wanted.where(row.health.in_(bad), row.start_ms < window[1])
    both = union_all(of_window.where(row.end_ms > window[0]), of_window.where(row.end_ms.is_(None)))
    return sorted(session.execute(both).all(), key=attrgetter("number", "start_ms"))


def _outage(monitor: str, bad: Sequence[Row[Any]]) -> Outage:
    """One outage from its bad spans, in order of time."""
    return Outage(
        monitor=monitor,
        start=from_epoch_ms(bad[0].start_ms),
        end=None if bad[-1].good_ms is None else from_epoch_ms(bad[-1].good_ms),
        worst=worst(HEALTHS[span.health] for span in bad),
        summary=bad[0].summary,
        bad_s=sum(_known_end(span) - span.start_ms for span in bad) / 1000,
    )


def _known_end(span: Row[Any]) -> int:
    return int(span.end_ms) if span.end_ms is not None else end_of_open(span.start_ms, span.stands_until)
