"""Forgetting monitors as if they had never been: every row that is about them, and their part of every packed row."""

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from monitors.storage import hour_block, journal
from monitors.storage.numbers import known_numbers
from monitors.storage.portions import portions
from monitors.storage.results import Results
from monitors.tables import (
    BlockRow,
    CheckRequestRow,
    HeartbeatPingRow,
    HourBlockRow,
    MonitorNumberRow,
    MonitorPauseRow,
    MonitorStateRow,
    RollupDayRow,
    SpanRow,
    SweepJournalRow,
)

BY_NAME = (MonitorStateRow, CheckRequestRow, HeartbeatPingRow, MonitorPauseRow)
BY_NUMBER = (BlockRow, SpanRow, RollupDayRow)
STRETCH = 2000  # packed rows held in memory at once


def forget(session: Session, monitors: Collection[str]) -> int:
    """Delete what is known of these monitors; how many of them anything was known of.

    Nobody may watch them any more: a number that is free again must not be written to. Their results in rows that
    they share with others are cut out of them.
    """
    found: set[str] = set()
    for table in BY_NAME:
        gone = delete(table).where(table.monitor.in_(monitors)).returning(table.monitor)
        found.update(session.scalars(gone))
    known = known_numbers(session, monitors)
    _forget_numbers(session, known.values())
    return len(found | known.keys())


def _forget_numbers(session: Session, chosen: Iterable[int]) -> None:
    numbers = np.array(sorted(chosen), dtype=np.int64)
    if not len(numbers):
        return
    for kind in BY_NUMBER:
        session.execute(delete(kind).where(kind.number.in_(numbers.tolist())))
    _cut_out_of_hours(session, numbers)
    _cut_out_of_journal(session, numbers)
    session.execute(delete(MonitorNumberRow).where(MonitorNumberRow.number.in_(numbers.tolist())))


def _cut_out_of_hours(session: Session, numbers: NDArray[np.int64]) -> None:
    shelves = {int(shelf) for shelf in hour_block.shelf_of(numbers.astype(np.uint32))}
    row = HourBlockRow
    for ids in portions(session.scalars(select(row.id).where(row.shelf.in_(shelves))).all(), STRETCH):
        for found in session.execute(select(row.id, row.hour, row.payload).where(row.id.in_(ids))).all():
            kept = _without(hour_block.unpack(found.payload, found.hour), numbers)
            if kept is None:
                continue
            if len(kept):
                payload = hour_block.pack(kept, found.hour)
                session.execute(update(row).where(row.id == found.id).values(payload=payload))
            else:
                session.execute(delete(row).where(row.id == found.id))


def _cut_out_of_journal(session: Session, numbers: NDArray[np.int64]) -> None:
    row = SweepJournalRow
    for ids in portions(session.scalars(select(row.id)).all(), STRETCH):
        for found in session.execute(select(row.id, row.payload).where(row.id.in_(ids))).all():
            kept = _without(journal.unpack([found.payload]), numbers)
            if kept is None:
                continue
            session.execute(delete(row).where(row.id == found.id))
            if len(kept):
                journal.write(session, kept)


def _without(results: Results, numbers: NDArray[np.int64]) -> Results | None:
    """The results of others; None when nothing has to be cut out."""
    is_other = ~np.isin(results.number, numbers)
    return None if is_other.all() else results.take(is_other)
