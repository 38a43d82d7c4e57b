"""Retention: what is older than anybody wants to keep goes, a portion at a time."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from monitors.storage.results import DAY_MS
from monitors.tables import BlockRow, MonitorPauseRow, RollupDayRow, SpanRow
from watchdesk.clock import to_epoch_ms

MOST_ROWS = 5000


def prune(session: Session, before: datetime) -> bool:
    """Remove one portion of what ended before `before`; whether there may be more. Commits nothing.

    Whole days of results and figures, spans that ended, pauses that ended. The present state stays.
    """
    before_ms = to_epoch_ms(before)
    first_day = before_ms // DAY_MS
    old: tuple[tuple[type[Any], Any, ColumnElement[bool]], ...] = (
        (BlockRow, BlockRow.day, BlockRow.day < first_day),
        (RollupDayRow, RollupDayRow.day, RollupDayRow.day < first_day),
        (SpanRow, SpanRow.end_ms, SpanRow.end_ms < before_ms),
        (
            MonitorPauseRow,
            MonitorPauseRow.since,
            (MonitorPauseRow.until < before) | (MonitorPauseRow.ended_at < before),
        ),
    )
    return any(_remove(session, row, order, is_old) for row, order, is_old in old)


def _remove(session: Session, row: type[Any], order: Any, is_old: ColumnElement[bool]) -> bool:
    """Oldest first: the spans that are left must lie side by side."""
    portion = select(row.id).where(is_old).order_by(order).limit(MOST_ROWS)
    removed = session.execute(delete(row).where(row.id.in_(portion)).returning(row.id)).all()
    return len(removed) == MOST_ROWS
