"""Before anything is started, each thing that is wrong is one sentence with its remedy."""

import errno
import os
import shutil
import socket
import sqlite3
from collections import namedtuple
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from console.migrations.schema_version import SchemaNotCurrent, require_upgradable
from console.supervision.preflight import claim_ports, make_home, reach_database, reach_databases
from tests.console.conftest import Server
from tests.ports import free_port
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable, Refused, SettingsInvalid
from watchdesk.settings import Settings

Usage = namedtuple("Usage", "total used free")


def settings(home: Path, **given: object) -> Settings:
    return Settings.model_validate({"home": home, "port": free_port(), "prefect_port": free_port()} | given)


def test_a_port_in_use_is_named_with_who_has_it_and_the_variable_to_set(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=rf"port {port} for the console is taken by .*WATCHDESK_PORT"):
            claim_ports(settings(tmp_path, port=port))


def test_both_ports_are_told_at_once(tmp_path: Path) -> None:
    with socket.socket() as one, socket.socket() as two:
        for taken in (one, two):
            taken.bind(("127.0.0.1", 0))
            taken.listen()
        ports = {"port": one.getsockname()[1], "prefect_port": two.getsockname()[1]}
        with pytest.raises(Refused, match=r"(?s)WATCHDESK_PORT.*WATCHDESK_PREFECT_PORT"):
            claim_ports(settings(tmp_path, **ports))


def test_free_ports_are_claimed_in_silence(tmp_path: Path) -> None:
    claim_ports(settings(tmp_path))


def test_a_home_that_is_no_folder_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsInvalid, match=r"cannot be written: .*set WATCHDESK_HOME"):
        make_home(tmp_path / "file" / "home")


def test_a_read_only_home_is_told_with_the_remedy() -> None:
    with pytest.raises(SettingsInvalid, match=r"cannot be written"):
        make_home(Path("/proc/watchdesk"))  # not even root can make it there


def test_a_full_disk_is_told_before_anything_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**30, 2**30 - 2**20, 2**20))
    with pytest.raises(SettingsInvalid, match=r"only 1 MiB are free"):
        make_home(tmp_path / "home")


def test_a_home_is_made_with_its_folders(tmp_path: Path) -> None:
    make_home(tmp_path / "a" / "home")
    assert {path.name for path in (tmp_path / "a" / "home").iterdir()} == {"logs", "prefect"}


def test_a_database_that_is_away_is_told_with_the_variable_to_correct(tmp_path: Path) -> None:
    lost = settings(tmp_path, database_url="postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable, match="WATCHDESK_DATABASE_URL"):
        reach_database(lost)


def test_a_database_with_the_tables_of_another_program_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "watchdesk.db") as file:
        file.execute("CREATE TABLE alembic_version (version_num TEXT)")
        file.execute("INSERT INTO alembic_version VALUES ('d4a7e1c93f52')")
    file.close()
    with pytest.raises(SchemaNotCurrent, match="needs a database of its own"):
        reach_database(settings(tmp_path))


def test_a_database_that_will_do_is_left_as_it_is(bare: Database, tmp_path: Path) -> None:
    url = bare.engine.url.render_as_string(hide_password=False)
    reach_databases(settings(tmp_path, database_url=url))
    with bare.reading() as session:
        assert inspect(session.connection()).get_table_names() == []


def test_a_database_that_cannot_hold_every_text_is_told_with_the_command_for_a_better_one(
    tmp_path: Path, server: Server
) -> None:
    name = f"watchdesk_ascii_{os.getpid()}"
    server.drop(name)
    server.make(name, encoding="SQL_ASCII")
    try:
        with pytest.raises(SettingsInvalid, match=r"SQL_ASCII.*createdb --encoding UTF8"):
            reach_database(settings(tmp_path, database_url=server.url(name)))
    finally:
        server.drop(name)


def test_a_home_on_a_disk_that_is_full_to_the_last_byte_asks_for_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) if content else OSError()

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(SettingsInvalid, match="No space left on device; free some space"):
        make_home(tmp_path / "home")


def test_a_database_that_is_written_meanwhile_will_do(
    migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(migrated_file, tmp_path / "watchdesk.db")

    def require_while_somebody_writes(session: Session) -> None:
        require_upgradable(session)
        other = sqlite3.connect(tmp_path / "watchdesk.db", timeout=0)
        with suppress(sqlite3.OperationalError), other:
            other.execute("UPDATE alembic_version SET version_num = version_num")
        other.close()

    monkeypatch.setattr("console.supervision.preflight.require_upgradable", require_while_somebody_writes)
    reach_database(settings(tmp_path))
