"""Fixtures of the console's tests: databases without any table."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from watchdesk.database import Database


@pytest.fixture
def bare_sqlite(tmp_path: Path) -> Iterator[Database]:
    """A SQLite file that does not exist yet."""
    with Database(f"sqlite:///{tmp_path / 'bare.db'}") as database:
        yield database


@pytest.fixture
def bare_postgres(postgres_server: str) -> Iterator[Database]:
    """An empty PostgreSQL database of this test's own."""
    base = postgres_server.replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(base, isolation_level="AUTOCOMMIT")
    name = "watchdesk_bare"
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    head, _, query = base.partition("?")
    with Database(f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")) as database:
        yield database
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(params=["bare_sqlite", "bare_postgres"])
def bare(request: pytest.FixtureRequest) -> Database:
    """A database without tables, once on each dialect."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def declared(bare: Database, request: pytest.FixtureRequest) -> Database:
    """A database with the tables as the code declares them, on the dialect of `bare`."""
    found: Database = request.getfixturevalue("sqlite" if bare.is_sqlite else "postgres")
    return found
