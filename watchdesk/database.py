"""The database: one engine, short transactions, the same behaviour on SQLite and on PostgreSQL.

Writing transactions on SQLite begin with BEGIN IMMEDIATE, so that two writers queue instead of failing half-way;
reading ones stay deferred, so that a reader never waits for a writer (WAL).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, DateTime, Dialect, Engine, Float, TypeDecorator, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from watchdesk.database_faults import SETTING, outage_of

READING = "watchdesk_reading"
BUSY_TIMEOUT_S = 15
PAGE_SIZE = 16384  # blobs of ~2 KB waste a third of a 4 KB page (reference/performance.md section 3b)


class Base(DeclarativeBase):
    """All tables of all packages; a package's tables exist once its `tables` module is imported."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant. A naive datetime is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"naive datetime {value!r}; the database takes aware instants only"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Span(TypeDecorator[timedelta]):
    """A duration, stored as seconds."""

    impl = Float
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> float | None:  # noqa: ARG002
        return None if value is None else value.total_seconds()

    def process_result_value(self, value: float | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002
        return None if value is None else timedelta(seconds=value)


class Database:
    """Opens transactions. Handed down from the edge; domain functions only ever see the Session.

    `setting` is the variable that its complaints name.
    """

    def __init__(self, url: str, setting: str = SETTING) -> None:
        self.engine: Engine = _engine(url)
        self._setting = setting

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that commits when the block ends and rolls back when it raises."""
        with self._translated(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view for queries; nothing it does is kept."""
        reader = self.engine.execution_options(**{READING: True})
        with self._translated(), Session(reader, autoflush=False) as session:
            yield session

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """An outage of the database becomes DatabaseUnavailable, which callers know how to wait for."""
        try:
            yield
        except DBAPIError as error:
            outage = outage_of(error, self.engine.url, self._setting)
            if outage is None:
                raise
            raise outage from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options = {"connect_timeout": 5, "client_encoding": "utf8"}  # whatever the environment and the server prefer
    return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=20, connect_args=options)


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA page_size={PAGE_SIZE}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
