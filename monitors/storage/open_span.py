"""The present span of a monitor holds as far as its last result speaks, and no further."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func

from monitors.tables import MonitorNumberRow, MonitorStateRow, SpanRow


def stands_until() -> ColumnElement[float | None]:
    """Until when the last result speaks, in seconds; a monitor whose rhythm was never told: just for its instant."""
    return (MonitorStateRow.last_at + func.coalesce(MonitorNumberRow.stands_s, 0.0)).label("stands_until")


def with_rhythm(wanted: Select[Any]) -> Select[Any]:
    """The select from spans, joined with what `stands_until` needs."""
    number, state = MonitorNumberRow, MonitorStateRow
    return wanted.join(number, number.number == SpanRow.number).outerjoin(state, state.monitor == number.monitor)


def end_of_open(start_ms: int, stands_until_s: float | None) -> int:
    """The end of an open span in milliseconds, as far as is known now."""
    return start_ms if stands_until_s is None else max(start_ms, round(stands_until_s * 1000))
