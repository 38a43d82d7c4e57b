"""Latency percentiles of many monitors, from daily histograms and, at a window's edges, from the results."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import literal, null, select, union_all
from sqlalchemy.orm import Session

from monitors.storage import histogram, journal
from monitors.storage.numbers import known_numbers
from monitors.storage.reading import read
from monitors.storage.results import DAY_MS, Results
from monitors.tables import RollupDayRow, SweepJournalRow
from watchdesk.clock import to_epoch_ms

USUAL = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """`results` had a latency; `seconds` are the asked percentiles, in the order asked."""

    results: int
    seconds: tuple[float, ...]


def latency_percentiles(
    session: Session,
    since: datetime,
    until: datetime,
    monitors: Iterable[str] | None = None,
    ratios: Sequence[float] = USUAL,
) -> dict[str, Percentiles]:
    """The latency that `ratios` (0-1) of the results do not exceed, for each monitor that has any.

    Right to a class of the histogram (monitors/storage/histogram.py). Whole UTC days come from their figures, the
    rest of the window is decoded: a window of whole days is the fastest.
    """
    names = {number: name for name, number in known_numbers(session, monitors).items()}
    if not names:
        return {}
    numbers, counted = _counted(session, (to_epoch_ms(since), to_epoch_ms(until)), names)
    seconds = np.array([histogram.percentiles(counted, ratio) for ratio in ratios]).T
    totals = counted.sum(axis=1)
    return {
        names[number]: Percentiles(results=total, seconds=tuple(row))
        for number, total, row in zip(numbers.tolist(), totals.tolist(), seconds.tolist(), strict=True)
        if total and number in names
    }


def _counted(
    session: Session, window: tuple[int, int], names: Iterable[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Monitor numbers and, a row each, their histograms over the window."""
    chosen = set(names)
    first_day, end_day = -(-window[0] // DAY_MS), window[1] // DAY_MS
    parts = [_whole_days(session, first_day, end_day)] if first_day < end_day else []
    for since_ms, until_ms in _edges(window, first_day, end_day):
        parts.append(_count(read(session, since_ms, until_ms, chosen)))
    return _added([part for part in parts if len(part[0])])


def _edges(window: tuple[int, int], first_day: int, end_day: int) -> list[tuple[int, int]]:
    """What the whole days leave of the window."""
    if first_day >= end_day:
        return [window]
    edges = [(window[0], first_day * DAY_MS), (end_day * DAY_MS, window[1])]
    return [(since_ms, until_ms) for since_ms, until_ms in edges if since_ms < until_ms]


def _whole_days(session: Session, first_day: int, end_day: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Figures and what is still in the journal, read by one statement, so that each result is counted once."""
    figures, sweeps = RollupDayRow, SweepJournalRow
    days = select(literal(1).label("is_figure"), figures.number, figures.latencies.label("payload"))
    waiting = select(literal(0), null(), sweeps.payload)
    rows: Sequence[Any] = session.execute(
        union_all(
            days.where(figures.day >= first_day, figures.day < end_day),
            waiting.where(sweeps.last_ms >= first_day * DAY_MS, sweeps.first_ms < end_day * DAY_MS),
        )
    ).all()
    kept = [row for row in rows if row.is_figure]
    numbers = np.array([row.number for row in kept], dtype=np.int64)
    packed = journal.unpack([row.payload for row in rows if not row.is_figure])
    journalled = _count(packed.in_order().between(first_day * DAY_MS, end_day * DAY_MS))
    return np.concatenate([numbers, journalled[0]]), np.concatenate(
        [histogram.unpack([row.payload for row in kept]), journalled[1]]
    )


def _count(results: Results) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    number, row = np.unique(results.number.astype(np.int64), return_inverse=True)
    return number, histogram.count(results.latency, row, len(number))


def _added(
    parts: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """One histogram a monitor."""
    if not parts:
        return np.empty(0, np.int64), np.empty((0, histogram.CLASSES), np.int64)
    numbers = np.concatenate([part[0] for part in parts])
    order = np.argsort(numbers, kind="stable")
    unique, starts = np.unique(numbers[order], return_index=True)
    return unique, np.add.reduceat(np.concatenate([part[1] for part in parts])[order], starts, axis=0)
