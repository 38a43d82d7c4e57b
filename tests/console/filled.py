"""A database in which every table has rows, with values that are easily lost on the way."""

from datetime import timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, Float, Integer, LargeBinary, String, Table, insert, null, update

from tests.clock import START
from watchdesk.database import Database, Instant, Span
from watchdesk.schema import all_tables

ROWS = 3


def fill(database: Database) -> None:
    """Three rows a table; rows refer to others of their own table that come later."""
    tables = all_tables().sorted_tables
    with database.writing() as session:
        for table in tables:
            for number in range(ROWS):
                session.execute(insert(table).values(_row(table, number)))
        for table in tables:
            for column in _to_itself(table):
                key = next(iter(table.primary_key.columns))
                first, last = _value(key, 0), _value(key, ROWS - 1)
                session.execute(update(table).where(key == first).values({column.name: last}))


def _row(table: Table, number: int) -> dict[str, Any]:
    row = {column.name: _value(column, number) for column in table.columns}
    return row | {column.name: None for column in _to_itself(table)}


def _to_itself(table: Table) -> list[Column[Any]]:
    return [c for c in table.columns if any(key.column.table is table for key in c.foreign_keys)]


def _value(column: Column[Any], number: int) -> Any:
    referred = next(iter(column.foreign_keys), None)
    if referred is not None:
        return _value(referred.column, number)
    if column.nullable and number == 1:
        return null()
    return _plain_value(column, number)


def _plain_value(column: Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, Instant | DateTime):
        return START + timedelta(days=number, microseconds=1)
    if isinstance(kind, Span):
        return timedelta(seconds=0.1 + number)
    if isinstance(kind, JSON):
        return [None, {"é": [1, 2.5, None]}, [True, ""]][number]
    values: dict[type, Any] = {
        Boolean: number == 0,
        Integer: number + 1,
        Float: 1 / 3 + number,
        LargeBinary: bytes(range(256)) * number,
    }
    found = next((value for known, value in values.items() if isinstance(kind, known)), None)
    if found is not None:
        return found
    assert isinstance(kind, String), (column, kind)
    return f"{number}é\n{column.name}"[: kind.length or 1000]
