"""Backups: all tables in one zip file, the same for SQLite and PostgreSQL, so that one restores into the other.

One file of JSON lines a table, and a manifest with the schema's revision and, for each table, the number of rows
and a SHA-256. Nothing is taken on trust: a backup is read again after it was written, and before it is restored.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, Table, insert, select

from console.migrations.raw_tables import (
    continue_numbering,
    decode_row,
    encode,
    raw_tables,
    references_checked_at_the_end,
)
from console.migrations.schema_version import HEAD, revision_of
from console.migrations.upgrading import upgrade_on
from watchdesk.database import Database
from watchdesk.errors import Refused, WatchdeskError

FORMAT = 1
BATCH = 500
MANIFEST = "manifest.json"


class BackupInvalid(WatchdeskError):
    """The file is no backup of ours, or not the one that was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup holds: the schema's revision and each table's number of rows."""

    path: Path
    made_at: str
    revision: str
    rows: dict[str, int]


def backup(database: Database, path: Path, now: datetime) -> Backup:
    """Write a consistent picture of the database to `path`, verified; replaces a file that is there at the end."""
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            manifest = _write(database, archive, now)
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        found = verify(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return Backup(path=path, made_at=found.made_at, revision=found.revision, rows=found.rows)


def verify(path: Path) -> Backup:
    """What the file holds. Raises BackupInvalid when anything in it is not as it was written."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest["format"] != FORMAT:
                message = f"{path} has backup format {manifest['format']}; this version reads {FORMAT}"
                raise BackupInvalid(message)
            for name, promised in manifest["tables"].items():
                _verify_table(archive, name, promised, path)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        message = f"{path} is not a whole backup of Watchdesk: {error}"
        raise BackupInvalid(message) from error
    rows = {name: promised["rows"] for name, promised in manifest["tables"].items()}
    return Backup(path=path, made_at=manifest["made_at"], revision=manifest["revision"], rows=rows)


def restore(database: Database, path: Path) -> Backup:
    """Replace everything in the database by the backup, in one transaction, and bring the schema up to date.

    Raises BackupInvalid, or Refused for a backup made by a newer version.
    """
    found = verify(path)
    if found.revision > HEAD:
        message = f"{path} has schema {found.revision}, made by a newer version; this one knows {HEAD}"
        raise Refused(message)
    with database.writing() as session, zipfile.ZipFile(path) as archive:
        connection = session.connection()
        _drop_everything(connection)
        upgrade_on(connection, found.revision)
        with references_checked_at_the_end(connection):
            _fill(connection, archive)
        upgrade_on(connection)
    return found


def _write(database: Database, archive: zipfile.ZipFile, now: datetime) -> dict[str, Any]:
    with database.reading() as session:
        options = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        connection = session.connection(execution_options=options)
        tables = {table.name: _write_table(connection, archive, table) for table in raw_tables(connection)}
        return {"format": FORMAT, "made_at": now.isoformat(), "revision": revision_of(session), "tables": tables}


def _write_table(connection: Connection, archive: zipfile.ZipFile, table: Table) -> dict[str, Any]:
    digest, count = hashlib.sha256(), 0
    statement = select(table).order_by(*table.primary_key.columns)
    streaming = connection.execution_options(yield_per=BATCH)
    with archive.open(_member(table.name), "w", force_zip64=True) as written, streaming.execute(statement) as rows:
        for row in rows:
            line = json.dumps([encode(value) for value in row], ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            written.write(line)
            count += 1
    return {"rows": count, "sha256": digest.hexdigest(), "columns": [column.name for column in table.columns]}


def _verify_table(archive: zipfile.ZipFile, name: str, promised: dict[str, Any], path: Path) -> None:
    digest, count = hashlib.sha256(), 0
    with archive.open(_member(name)) as stored:
        for line in stored:
            digest.update(line)
            count += 1
    if digest.hexdigest() != promised["sha256"] or count != promised["rows"]:
        message = f"{path}: the table {name} is not what was written ({count} of {promised['rows']} rows read)"
        raise BackupInvalid(message)


def _fill(connection: Connection, archive: zipfile.ZipFile) -> None:
    manifest = json.loads(archive.read(MANIFEST))
    for table in raw_tables(connection):
        promised = manifest["tables"].get(table.name)
        if promised is not None:
            columns = [table.columns[name] for name in promised["columns"]]
            with archive.open(_member(table.name)) as stored:
                for batch in _batches(stored):
                    connection.execute(insert(table), [decode_row(line, columns, connection) for line in batch])
            continue_numbering(connection, table)


def _batches(stored: Any) -> Iterator[list[list[Any]]]:
    batch = []
    for line in stored:
        batch.append(json.loads(line))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _drop_everything(connection: Connection) -> None:
    found = MetaData()
    found.reflect(connection)
    found.drop_all(connection)


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"
