"""What is wrong with a database is one sentence: the setting without its password, what the server says, what to do."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from watchdesk.database import Database
from watchdesk.errors import DatabaseRefused, DatabaseUnavailable

ROLE = f"watchdesk_stranger_{os.getpid()}"


def told_by(url: str) -> DatabaseUnavailable:
    with pytest.raises(DatabaseUnavailable) as raised, Database(url) as database, database.reading() as session:
        session.execute(text("SELECT 1"))
    assert "\n" not in str(raised.value)
    return raised.value


@pytest.fixture
def base(postgres_server: str) -> str:
    return postgres_server.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def role(base: str) -> Iterator[str]:
    """A role that may come in and owns nothing."""
    admin = create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE ROLE {ROLE} LOGIN"))
        yield ROLE
        connection.execute(text(f"DROP ROLE {ROLE}"))
    admin.dispose()


def with_name(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


def with_user(url: str, user: str) -> str:
    return f"postgresql+psycopg://{user}@" + url.partition("://")[2].rpartition("@")[2]


def test_a_server_that_is_away_may_come_back() -> None:
    error = told_by("postgresql+psycopg://me:opensesame@127.0.0.1:1/desk")
    assert not isinstance(error, DatabaseRefused)
    assert "WATCHDESK_DATABASE_URL = postgresql://me:***@127.0.0.1:1/desk" in str(error)
    assert "start it, or correct the setting" in str(error)


def test_a_database_that_does_not_exist_is_a_wrong_setting(base: str) -> None:
    error = told_by(with_name(base, "watchdesk_nowhere"))
    assert isinstance(error, DatabaseRefused)
    assert "createdb" in str(error)


def test_a_user_that_does_not_exist_is_a_wrong_setting(base: str) -> None:
    error = told_by(with_user(base, "nobody_of_that_name"))
    assert isinstance(error, DatabaseRefused)
    assert "nobody_of_that_name" in str(error)


def test_an_option_that_nobody_knows_is_a_wrong_setting(base: str) -> None:
    error = told_by(base + ("&" if "?" in base else "?") + "sslmod=require")
    assert isinstance(error, DatabaseRefused)
    assert "behind the '?'" in str(error)


def test_a_user_who_may_not_make_tables_is_a_wrong_setting(base: str, role: str) -> None:
    with (
        pytest.raises(DatabaseRefused, match="the right to connect"),
        Database(with_user(base, role)) as database,
        database.writing() as session,
    ):
        session.execute(text("CREATE TABLE pg_catalog.watchdesk_trial (id integer)"))


def test_a_damaged_file_is_told_with_the_way_back(tmp_path: Path) -> None:
    (tmp_path / "watchdesk.db").write_bytes(b"this is no database at all " * 1000)
    error = told_by(f"sqlite:///{tmp_path / 'watchdesk.db'}")
    assert "is damaged" in str(error)
    assert "watchdesk db restore" in str(error)
