"""Compaction: the journal becomes hours, hours become days; each step is one transaction and can be repeated.

A step deletes what it packed in the transaction that wrote the packed form, so a crash leaves the step before or
after, never between. Results that came late go the same way: into the block of their hour, then into their day's.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from monitors.storage import codec, hour_block, journal, rollup
from monitors.storage.codec import Day
from monitors.storage.portions import portions
from monitors.storage.reading import results_of
from monitors.storage.results import DAY_MS, HOUR_MS, Results
from monitors.tables import BlockRow, HourBlockRow, SweepJournalRow
from watchdesk.clock import to_epoch_ms

HOUR_GRACE = timedelta(minutes=2)  # what comes later after its hour is merged, at some cost
DAY_GRACE = timedelta(hours=1)
MOST_RESULTS = 1_000_000  # a step: 15 MB of journal
HOURS_A_DAY = 24
LOCK = 0x77646B31  # of compaction, among PostgreSQL's advisory locks


def compact(session: Session, now: datetime) -> bool:
    """One step, of an hour of the journal or of a day of one shelf; whether there may be more to do.

    Commits nothing. Two at once wait for one another.
    """
    if session.get_bind().dialect.name == "postgresql":  # a writing transaction on SQLite is alone anyway
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    return _close_hour(session, now) or _close_day(session, now)


def _close_hour(session: Session, now: datetime) -> bool:
    """Pack the oldest hour of the journal that is over."""
    row = SweepJournalRow
    over_ms = to_epoch_ms(now - HOUR_GRACE) // HOUR_MS * HOUR_MS
    oldest_ms = session.execute(select(func.min(row.last_ms)).where(row.last_ms < over_ms)).scalar()
    if oldest_ms is None:
        return False
    end_ms = (oldest_ms // HOUR_MS + 1) * HOUR_MS
    ripe = select(row.id, row.results).where(row.last_ms < end_ms).order_by(row.id)
    taken = _take_journal(session, _within_bounds(session.execute(ripe)))
    fresh = _into_hours(session, journal.unpack(taken).in_order())
    if len(fresh):
        rollup.add(session, fresh)
    return True


def _within_bounds(sizes: Iterable[Any]) -> list[int]:
    """The rows that one step takes: at least one."""
    chosen: list[int] = []
    results = 0
    for row in sizes:
        if chosen and results + row.results > MOST_RESULTS:
            break
        chosen.append(row.id)
        results += row.results
    return chosen


def _take_journal(session: Session, ids: Iterable[int]) -> list[bytes]:
    """Remove the rows and return what they hold, oldest row first."""
    row = SweepJournalRow
    taken: list[Any] = []
    for some in portions(ids):
        taken += session.execute(delete(row).where(row.id.in_(some)).returning(row.id, row.payload))
    return [found.payload for found in sorted(taken, key=lambda found: found.id)]


def _into_hours(session: Session, results: Results) -> Results:
    """Merge ordered results into the blocks of their hours and shelves; returns those that were not there yet."""
    hour, shelf = results.at_ms // HOUR_MS, hour_block.shelf_of(results.number)
    key = hour << 32 | shelf
    order = key.argsort(kind="stable")
    fresh = [
        _into_hour(session, place >> 32, place & 0xFFFFFFFF, part)
        for place, part in results.take(order).parts_by(key[order])
    ]
    return Results.together(fresh)


def _into_hour(session: Session, hour: int, shelf: int, results: Results) -> Results:
    row = HourBlockRow
    known = session.execute(select(row.id, row.payload).where(row.hour == hour, row.shelf == shelf)).first()
    if known is None:
        packed = {"hour": hour, "shelf": shelf, "payload": hour_block.pack(results, hour)}
        session.execute(insert(row), packed)
        return results
    before = hour_block.unpack(known.payload, hour)
    fresh = results.without(before)
    if len(fresh):
        merged = Results.together([before, fresh]).in_order()
        payload = hour_block.pack(merged, hour)
        session.execute(update(row).where(row.id == known.id).values(payload=payload))
    return fresh


def _close_day(session: Session, now: datetime) -> bool:
    """Pack one shelf of the oldest day that is over."""
    row = HourBlockRow
    today = to_epoch_ms(now - DAY_GRACE) // DAY_MS
    ripe = select(row.hour, row.shelf).where(row.hour < today * HOURS_A_DAY)
    oldest = session.execute(ripe.order_by(row.hour, row.shelf).limit(1)).first()
    if oldest is None:
        return False
    day = oldest.hour // HOURS_A_DAY
    of_day = (row.hour.between(day * HOURS_A_DAY, (day + 1) * HOURS_A_DAY - 1), row.shelf == oldest.shelf)
    taken = session.execute(delete(row).where(*of_day).returning(row.hour, row.payload)).all()
    hours = [hour_block.unpack(found.payload, found.hour) for found in taken]
    _into_days(session, day, Results.together(hours).in_order())
    return True


def _into_days(session: Session, day: int, results: Results) -> None:
    """Merge the ordered results of one day into its blocks, and count the day of their monitors anew."""
    parts = results.parts_by(results.number)
    known = _known_days(session, day, [number for number, _ in parts])
    new, whole = [], []
    for number, part in parts:
        into_day = part.at_ms - day * DAY_MS
        before = known.get(number)
        if before is None:
            found = codec.day_of(into_day, part.health, part.latency)
            new.append({"number": number, "day": day, "payload": codec.encode(found)})
            whole.append(part)
        else:
            found = before.merged(into_day, part.health, part.latency)
            _rewrite(session, number, day, found)
            whole.append(results_of(number, day, found))
    if new:
        session.execute(insert(BlockRow), new)
    rollup.replace(session, day, Results.together(whole))


def _known_days(session: Session, day: int, numbers: Iterable[int]) -> dict[int, Day]:
    row = BlockRow
    return {
        found.number: codec.decode(found.payload)
        for some in portions(numbers)
        for found in session.execute(select(row.number, row.payload).where(row.day == day, row.number.in_(some)))
    }


def _rewrite(session: Session, number: int, day: int, found: Day) -> None:
    place = (BlockRow.number == number, BlockRow.day == day)
    session.execute(update(BlockRow).where(*place).values(payload=codec.encode(found)))
