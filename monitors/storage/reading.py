"""Stored results, wherever they stand at the moment: in the day's blocks, in an hour's, or still in the journal.

All three are read by one statement, which sees one moment of the database: while a compaction moves results from
one to the next, a reader finds each of them once.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Row, Select, literal, null, select, union_all
from sqlalchemy.orm import Session

from monitors.storage import codec, hour_block, journal
from monitors.storage.codec import Day
from monitors.storage.portions import MOST_VALUES
from monitors.storage.results import DAY_MS, HOUR_MS, Results
from monitors.tables import BlockRow, HourBlockRow, SweepJournalRow

BLOCK, HOUR, JOURNAL = range(3)


def read(session: Session, since_ms: int, until_ms: int, numbers: Collection[int] | None = None) -> Results:
    """The results from `since_ms` up to before `until_ms`, by monitor and time, each once.

    `numbers` chooses monitors, None is all of them. Instants of results older than a day or two lie on their day's
    grid (monitors/storage/codec.py), latencies on a scale of 2 %.
    """
    if numbers is not None and not numbers:
        return Results.none()
    chosen = None if numbers is None else np.unique(np.array(list(numbers), dtype=np.int64))
    statement = union_all(
        _blocks(since_ms, until_ms, chosen), _hours(since_ms, until_ms, chosen), _journal(since_ms, until_ms)
    )
    rows: tuple[list[Row[Any]], ...] = ([], [], [])
    for row in session.execute(statement):
        rows[row[0]].append(row)
    days = {(row.number, row.day): codec.decode(row.payload) for row in rows[BLOCK]}
    recent = _recent(rows[HOUR], rows[JOURNAL]).between(since_ms, until_ms)
    if chosen is not None:
        recent = recent.of(chosen)
    old = Results.together([results_of(number, day, found) for (number, day), found in days.items()])
    found = Results.together([old.between(since_ms, until_ms), without_known(recent, days)])
    return found.in_order()


def results_of(number: int, day: int, found: Day) -> Results:
    """A day's block as results."""
    return Results(
        np.full(len(found.slot), number, np.uint32), found.into_day_ms + day * DAY_MS, found.health, found.latency
    )


def without_known(results: Results, days: "dict[tuple[int, int], Day]") -> Results:
    """Results less those that a day's block holds already; only results that came very late are among them."""
    if not days or not len(results):
        return results
    is_new = np.ones(len(results), dtype=bool)
    for (number, day), found in days.items():
        into_day = results.at_ms - day * DAY_MS
        here = (results.number == number) & (into_day >= 0) & (into_day < DAY_MS)
        if here.any():
            is_new[here] = ~found.is_known(into_day[here], results.health[here])
    return results.take(is_new)


def _recent(hours: Sequence[Row[Any]], flushes: Sequence[Row[Any]]) -> Results:
    """What stands in hours and in the journal; the hours first, as they were written first."""
    unpacked = [hour_block.unpack(row.payload, row.day) for row in hours]
    return Results.together([*unpacked, journal.unpack([row.payload for row in flushes])])


def _blocks(since_ms: int, until_ms: int, chosen: NDArray[np.int64] | None) -> Select[Any]:
    row = BlockRow
    days = row.day.between(since_ms // DAY_MS, (until_ms - 1) // DAY_MS)
    wanted = select(literal(BLOCK).label("kind"), row.number.label("number"), row.day.label("day"), row.payload)
    return wanted.where(days, *_among(row.number, chosen))


def _hours(since_ms: int, until_ms: int, chosen: NDArray[np.int64] | None) -> Select[Any]:
    row = HourBlockRow
    hours = row.hour.between(since_ms // HOUR_MS, (until_ms - 1) // HOUR_MS)
    shelves = None if chosen is None else np.unique(chosen // hour_block.SHELF)
    return select(literal(HOUR), row.shelf, row.hour, row.payload).where(hours, *_among(row.shelf, shelves))


def _journal(since_ms: int, until_ms: int) -> Select[Any]:
    row = SweepJournalRow
    touches = (row.last_ms >= since_ms, row.first_ms < until_ms)
    return select(literal(JOURNAL), null(), null(), row.payload).where(*touches)


def _among(column: Any, chosen: NDArray[np.int64] | None) -> list[ColumnElement[bool]]:
    """A long list of monitors is not sent to the database: what it would leave out is left out here."""
    if chosen is None or len(chosen) > MOST_VALUES:
        return []
    return [column.in_(chosen.tolist())]
