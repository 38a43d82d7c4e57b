"""Transactions behave alike on both databases, and outages are named."""

from datetime import datetime

import pytest
from sqlalchemy import text

from watchdesk.database import Database, Instant
from watchdesk.errors import DatabaseUnavailable


def write_and_fail(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("INSERT INTO scratch VALUES (1)"))
        raise ZeroDivisionError


def test_a_transaction_that_raises_keeps_nothing(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("CREATE TABLE scratch (n INTEGER)"))
    with pytest.raises(ZeroDivisionError):
        write_and_fail(database)
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM scratch")).scalar() == 0
    with database.writing() as session:
        session.execute(text("DROP TABLE scratch"))


def test_a_naive_instant_is_refused(sqlite: Database) -> None:
    with pytest.raises(ValueError, match="naive datetime"):
        Instant().process_bind_param(datetime(2026, 1, 1), sqlite.engine.dialect)  # noqa: DTZ001


def test_a_database_that_is_not_there_is_named_as_an_outage() -> None:
    with (
        Database("postgresql+psycopg://nobody@127.0.0.1:1/none") as lost,
        pytest.raises(DatabaseUnavailable, match="database"),
        lost.reading() as session,
    ):
        session.execute(text("SELECT 1"))
