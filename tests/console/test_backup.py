"""A backup brings back exactly what was there, on either database, and nothing that is not whole."""

import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import text

from console.migrations.backup import BackupInvalid, backup, restore, verify
from console.migrations.raw_tables import encode, raw_tables
from console.migrations.schema_version import require_current
from console.migrations.upgrading import upgrade
from tests.clock import START
from tests.console.filled import fill
from tests.console.schema_facts import schema_facts
from watchdesk.database import Database
from watchdesk.errors import Refused

Rows = dict[str, list[list[object]]]


def contents(database: Database) -> Rows:
    with database.reading() as session:
        connection = session.connection()
        return {
            table.name: sorted(
                ([encode(value) for value in row] for row in connection.execute(table.select())), key=repr
            )
            for table in raw_tables(connection)
        }


def without_spelling(rows: Rows) -> Rows:
    """JSON text as PostgreSQL and SQLite spell it differs in blanks, in escapes and in the order of keys."""

    def meaning(value: object) -> object:
        if not isinstance(value, str) or not value.startswith(("[", "{", "null")):
            return value
        return json.loads(value)

    return {name: [[meaning(value) for value in row] for row in found] for name, found in rows.items()}


@pytest.fixture
def full(bare: Database) -> Database:
    upgrade(bare)
    fill(bare)
    return bare


def test_what_was_backed_up_is_there_again_after_a_restore(full: Database, tmp_path: Path) -> None:
    before, schema = contents(full), schema_facts(full)
    assert all(before.values())
    written = backup(full, tmp_path / "all.zip", START)
    with full.writing() as session:
        session.execute(text("DELETE FROM sweep_journal"))
        session.execute(text("UPDATE ticket SET title = 'changed since'"))
    restore(full, written.path)
    assert contents(full) == before
    assert schema_facts(full) == schema
    require_current(full)


def test_a_backup_of_one_database_restores_into_the_other(
    bare_sqlite: Database, bare_postgres: Database, tmp_path: Path
) -> None:
    upgrade(bare_sqlite)
    fill(bare_sqlite)
    restore(bare_postgres, backup(bare_sqlite, tmp_path / "all.zip", START).path)
    assert without_spelling(contents(bare_postgres)) == without_spelling(contents(bare_sqlite))


def test_numbering_goes_on_after_a_restore(full: Database, tmp_path: Path) -> None:
    restore(full, backup(full, tmp_path / "all.zip", START).path)
    new = "INSERT INTO sweep_journal (first_ms, last_ms, results, payload) VALUES (1, 2, 3, :p) RETURNING id"
    with full.writing() as session:
        assert session.execute(text(new), {"p": b""}).scalar() == 4


def test_a_damaged_backup_is_refused_and_nothing_is_touched(full: Database, tmp_path: Path) -> None:
    path = backup(full, tmp_path / "all.zip", START).path
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(damaged, "w") as archive:
        for name in whole.namelist():
            found = whole.read(name)
            archive.writestr(name, found[: len(found) // 2] if name == "tables/ticket.jsonl" else found)
    before = contents(full)
    with pytest.raises(BackupInvalid, match="ticket"):
        restore(full, damaged)
    assert contents(full) == before


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.zip").write_text("not a zip")
    with pytest.raises(BackupInvalid, match=r"note\.zip"):
        verify(tmp_path / "note.zip")


def test_a_backup_of_a_newer_version_is_refused(full: Database, tmp_path: Path) -> None:
    with full.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    path = backup(full, tmp_path / "all.zip", START).path
    with pytest.raises(Refused, match="newer version"):
        restore(full, path)


def test_an_interrupted_backup_leaves_no_file(full: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("console.migrations.backup.encode", fail)
    with pytest.raises(OSError, match="space"):
        backup(full, tmp_path / "all.zip", START)
    assert list(tmp_path.glob("all*")) == []
