"""Tables as they are in the database, whatever its revision, and their values as JSON and back without loss."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    cast,
    event,
    func,
    select,
)

from console.migrations.schema_version import VERSION_TABLE


class JsonText(TypeDecorator[str]):
    """A JSON column of PostgreSQL as its own text, so that the value null and no value stay apart."""

    impl = Text
    cache_ok = True

    def bind_expression(self, bindparam: BindParameter[str]) -> ColumnElement[str]:
        return cast(bindparam, JSON())

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[str]:
        return cast(column, Text())


def raw_tables(connection: Connection) -> list[Table]:
    """All tables but Alembic's, those that others refer to first."""
    found = MetaData()
    json_text = Text() if connection.dialect.name == "sqlite" else JsonText()

    @event.listens_for(found, "column_reflect")
    def _(_inspector: Any, _table: Any, column: Any) -> None:
        if isinstance(column["type"], JSON):
            column["type"] = json_text

    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSION_TABLE]


@contextmanager
def references_checked_at_the_end(connection: Connection) -> Iterator[None]:
    """Inside the block a row may refer to one that is not there yet; at its end all must be there."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # until the transaction ends
        yield
        return
    named = [(table.name, key.name) for table in raw_tables(connection) for key in table.foreign_key_constraints]
    for table, name in named:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ALTER CONSTRAINT "{name}" DEFERRABLE INITIALLY DEFERRED')
    yield
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table, name in named:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ALTER CONSTRAINT "{name}" NOT DEFERRABLE')


def encode(value: Any) -> Any:
    """The value of a column as JSON knows it. Times without an offset are UTC: SQLite keeps none."""
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    return value


def decode_row(line: list[Any], columns: list[Column[Any]], connection: Connection) -> dict[str, Any]:
    """One row for that database, by column name."""
    is_naive = connection.dialect.name == "sqlite"
    return {
        column.name: None if value is None else _decode(value, column, is_naive=is_naive)
        for column, value in zip(columns, line, strict=True)
    }


def _decode(value: Any, column: Column[Any], *, is_naive: bool) -> Any:
    if isinstance(column.type, DateTime):
        instant = datetime.fromisoformat(value)
        return instant.replace(tzinfo=None) if is_naive else instant
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    return value


def continue_numbering(connection: Connection, table: Table) -> None:
    """PostgreSQL's own numbering goes on after the highest number that was restored; SQLite's does by itself."""
    if connection.dialect.name == "sqlite":
        return
    for column in table.primary_key.columns:
        sequence = connection.scalar(select(func.pg_get_serial_sequence(f'"{table.name}"', column.name)))
        highest = connection.scalar(select(func.max(column))) if sequence else None
        if highest is not None:
            connection.execute(select(func.setval(sequence, highest)))
