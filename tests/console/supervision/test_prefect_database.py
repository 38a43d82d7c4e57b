"""Prefect's server gets a database of its own, and one that it cannot use is told before it is started."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from console.supervision import prefect_database
from console.supervision.prefect_database import (
    prefect_database_url,
    reach_prefect_database,
    where_prefect_writes,
)
from tests.console.conftest import Server
from watchdesk.errors import DatabaseRefused, DatabaseUnavailable, SettingsInvalid
from watchdesk.settings import Settings

NAME = f"watchdesk_prefects_{os.getpid()}"
ROLE = f"watchdesk_prefect_{os.getpid()}"


@pytest.fixture
def own(server: Server) -> Iterator[str]:
    """An empty database of its own."""
    server.drop(NAME)
    server.make(NAME)
    yield server.url(NAME)
    server.drop(NAME)


@pytest.fixture
def admin(own: str) -> Iterator[list[str]]:
    """Statements put in here are said by the superuser in that database."""
    engine = create_engine(own, isolation_level="AUTOCOMMIT")

    class Says(list[str]):
        def append(self, statement: str) -> None:
            with engine.connect() as connection:
                connection.execute(text(statement))

    says = Says()
    says.append(f"CREATE ROLE {ROLE} LOGIN")
    yield says
    says.append(f"REASSIGN OWNED BY {ROLE} TO CURRENT_USER")
    says.append(f"DROP OWNED BY {ROLE}")
    says.append(f"DROP ROLE {ROLE}")
    engine.dispose()


@pytest.fixture
def extension(own: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """One that every server has and that an owner may make, in the place of pg_trgm, which not every server has."""
    engine = create_engine(own, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP EXTENSION plpgsql"))
    engine.dispose()
    monkeypatch.setattr(prefect_database, "EXTENSION", "plpgsql")
    return "plpgsql"


def as_role(url: str) -> str:
    return f"postgresql://{ROLE}@" + url.partition("://")[2].rpartition("@")[2]


def settings(home: Path, **given: object) -> Settings:
    return Settings.model_validate({"home": home} | given)


def test_without_a_setting_it_is_a_file_of_the_home_also_beside_postgresql(tmp_path: Path) -> None:
    found = settings(tmp_path, database_url="postgresql://me:x@h/d")
    assert prefect_database_url(found) == f"sqlite+aiosqlite:///{tmp_path}/prefect/prefect.db"
    assert where_prefect_writes(found) == f"{tmp_path}/prefect/prefect.db"
    reach_prefect_database(found)


def test_what_libpq_calls_sslmode_is_told_in_prefects_drivers_word(tmp_path: Path) -> None:
    url = "postgresql://me@db/prefect?sslmode=require"
    assert prefect_database_url(settings(tmp_path, prefect_database_url=url)).endswith("/prefect?ssl=require")


def test_a_fresh_one_of_its_own_will_do_and_stays_as_it_is(tmp_path: Path, own: str, extension: str) -> None:
    reach_prefect_database(settings(tmp_path, prefect_database_url=own))
    engine = create_engine(own)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM pg_extension WHERE extname = :e"), {"e": extension}) == 0
        assert connection.scalar(text("SELECT to_regclass('watchdesk_trial')")) is None
    engine.dispose()


@pytest.mark.usefixtures("extension")
def test_its_owner_need_not_be_a_superuser(tmp_path: Path, own: str, admin: list[str]) -> None:
    admin.append(f'ALTER DATABASE "{NAME}" OWNER TO {ROLE}')
    reach_prefect_database(settings(tmp_path, prefect_database_url=as_role(own)))
    admin.append(f'ALTER DATABASE "{NAME}" OWNER TO CURRENT_USER')


@pytest.mark.usefixtures("admin")
def test_one_without_the_extension_and_without_the_right_to_make_it_is_told_with_the_command(
    tmp_path: Path, own: str, extension: str
) -> None:
    with pytest.raises(SettingsInvalid, match=rf"{extension}.*permission denied.*psql {NAME} --command 'CREATE"):
        reach_prefect_database(settings(tmp_path, prefect_database_url=as_role(own)))


def test_one_on_a_server_that_does_not_have_the_extension_is_told(
    tmp_path: Path, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefect_database, "EXTENSION", "pg_of_nobody")
    with pytest.raises(SettingsInvalid, match=r"pg_of_nobody, and the server does not have it; install"):
        reach_prefect_database(settings(tmp_path, prefect_database_url=own))


def test_one_with_the_extension_and_without_the_right_to_make_tables_is_told(
    tmp_path: Path, own: str, admin: list[str], extension: str
) -> None:
    admin.append(f"CREATE EXTENSION {extension}")
    admin.append("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with pytest.raises(SettingsInvalid, match=r"right to make tables.*ALTER DATABASE"):
        reach_prefect_database(settings(tmp_path, prefect_database_url=as_role(own)))


def test_our_own_database_is_refused_for_it(tmp_path: Path, migrated_name: str, server: Server) -> None:
    url = server.url(migrated_name)
    with pytest.raises(SettingsInvalid, match="need one of their own"):
        reach_prefect_database(settings(tmp_path, prefect_database_url=url))


def test_the_same_database_under_another_spelling_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    ours, theirs = "postgresql://me@localhost/desk", "postgres://you@127.0.0.1:5432/desk"
    with pytest.raises(SettingsInvalid, match="need one of their own"):
        reach_prefect_database(settings(tmp_path, database_url=ours, prefect_database_url=theirs))


def test_one_that_is_away_or_not_there_is_told_with_its_own_variable(tmp_path: Path, server: Server) -> None:
    with pytest.raises(DatabaseUnavailable, match="WATCHDESK_PREFECT_DATABASE_URL"):
        reach_prefect_database(settings(tmp_path, prefect_database_url="postgresql://me@127.0.0.1:1/none"))
    with pytest.raises(DatabaseRefused, match=r"WATCHDESK_PREFECT_DATABASE_URL.*createdb"):
        reach_prefect_database(settings(tmp_path, prefect_database_url=server.url("watchdesk_nowhere")))


@pytest.mark.usefixtures("extension")
@pytest.mark.parametrize("query", ["?ssl=prefer", "?application_name=prefect&ssl=prefer", "?sslmode=prefer"])
def test_one_whose_address_is_in_the_words_of_either_driver_will_do(tmp_path: Path, own: str, query: str) -> None:
    address = own + (query if "?" not in own else f"&{query[1:]}")
    reach_prefect_database(settings(tmp_path, prefect_database_url=address))
