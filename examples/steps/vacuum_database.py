"""Vacuum a database: SQLite with room to spare, PostgreSQL without making anybody wait."""

import shutil
import sqlite3
import sys
from pathlib import Path

import psycopg

from examples.steps.program import program

ROOM = 2.2  # VACUUM writes a copy, and the journal may hold another (sqlite.org/lang_vacuum.html)


def vacuum_sqlite(path: str, busy_s: str = "5") -> None:
    """Gives free pages back to the file system. Raises ValueError when there is no room for the copy it makes."""
    file = Path(path)
    if not file.is_file():
        message = f"{path} is not a file; no database was made"
        raise ValueError(message)
    before = file.stat().st_size
    free = shutil.disk_usage(file.parent).free
    if free < before * ROOM:
        message = f"{free} bytes are free, and vacuuming {before} bytes wants {int(before * ROOM)}"
        raise ValueError(message)
    connection = sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=float(busy_s), isolation_level=None)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
    print(f"{before} bytes became {file.stat().st_size}")  # noqa: T201  a step speaks by printing


def vacuum_postgresql(table: str, url: str, lock_timeout_s: str = "5") -> None:
    """VACUUM (ANALYZE) of one table; gives up when it would have to wait for a lock."""
    schema, _, name = table.rpartition(".")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT set_config('lock_timeout', %s, false)", (f"{float(lock_timeout_s)}s",))
        wanted = psycopg.sql.Identifier(*([schema, name] if schema else [name]))
        before = _dead(connection, name)
        connection.execute(psycopg.sql.SQL("VACUUM (ANALYZE) {}").format(wanted))
        print(f"{table}: {before} dead rows before, {_dead(connection, name)} after")  # noqa: T201


def _dead(connection: "psycopg.Connection[tuple[object, ...]]", table: str) -> object:
    connection.execute("SELECT pg_stat_clear_snapshot()")
    row = connection.execute("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = %s", (table,)).fetchone()
    return row[0] if row else "unknown"


if __name__ == "__main__":
    sys.exit(program(vacuum_sqlite, sys.argv[1:]))
