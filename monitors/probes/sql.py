"""SQL: the first row of a query."""

import sqlite3
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints, TypeAdapter
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.forms import Line
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look, seconds
from monitors.services_for_probes import ProbeServices, redact
from watchdesk.definitions.models import Definition

# Classes of SQLSTATE that tell of the query or of our access, not of the database's health (PostgreSQL manual,
# appendix A): 0A unsupported, 22 values, 28 authorization, 3D and 3F no such database or schema, 42 syntax or rights.
OUR_OWN_CLASSES = {"0A", "22", "28", "3D", "3F", "42"}
READ_ONLY = "25006"  # the query wanted to write
POSTGRESQL = {"postgresql", "postgres"}


def _check_url(url: str) -> str:
    if url.startswith("secret:"):
        return url
    try:
        make_url(url)
    except (ArgumentError, ValueError) as error:
        message = "not a database URL; write one like postgresql://user@host/name, or secret:NAME that holds it"
        raise ValueError(message) from error
    return url


class SqlForm(Definition):
    """What stands under `sql`. The query runs read-only; `secret:NAME` in the URL is filled in when connecting."""

    url: Annotated[Line, AfterValidator(_check_url)]
    query: Annotated[str, StringConstraints(min_length=1, max_length=65536)]


name = "sql"
lane = Lane.THREAD
form: TypeAdapter[SqlForm] = TypeAdapter(SqlForm)
values = {"*": "json"}


def title(form: SqlForm) -> str:
    return f"The query “{' '.join(form.query.split())[:60]}” is answered"


def probe(monitor: Monitor, services: ProbeServices) -> Observation:
    """Connects, asks read-only, and takes the first row."""
    look = Look(monitor, services)
    form: SqlForm = monitor.form
    address, secrets = services.reveal(form.url)
    try:
        row = _first_row(_normal(address), form.query, monitor.timeout)
    except DBAPIError as error:
        words = redact(" ".join(str(error.orig).split()), secrets)
        return look.blind(f"the query cannot be run: {words}") if _is_our_own(error) else look.failed(words)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        return look.blind(redact(f"this database cannot be reached from here: {error}", secrets))
    except SQLAlchemyError as error:
        return look.blind(redact(f"the query cannot be run: {error}", secrets))
    except FileNotFoundError as error:
        return look.failed(f"{error.filename} does not exist")
    latency_s = look.elapsed_s()
    values = {name: _plain(value) for name, value in row.items()}
    shown = ", ".join(f"{name} {value}" for name, value in values.items())[:500] or "no row"
    return look.saw(values, f"{shown} in {seconds(latency_s)}", latency_s=latency_s)


def _normal(address: str) -> URL:
    """The URL with the driver we bring for PostgreSQL; a SQLite file is opened, never made."""
    url = make_url(address)
    if url.drivername in POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername.startswith("sqlite") and url.database and url.database != ":memory:":
        if not Path(url.database).exists():
            raise FileNotFoundError(2, "no such file", url.database)
        return url.set(database=f"file:{Path(url.database).absolute()}", query={"mode": "ro", "uri": "true"})
    return url


def _first_row(url: URL, query: str, timeout: timedelta) -> Mapping[str, Any]:
    """Empty when there is no row. The transaction is never committed."""
    engine = _engine(url, timeout)
    try:
        with engine.connect() as connection:
            _forbid_writing(connection, timeout)
            found = connection.execute(text(query)).mappings().first()
            return dict(found) if found is not None else {}
    finally:
        engine.dispose()


def _engine(url: URL, timeout: timedelta) -> Engine:
    arguments: dict[str, Any] = {}
    if url.drivername.startswith("postgresql"):
        arguments["connect_timeout"] = max(2, round(timeout.total_seconds()))  # libpq knows whole seconds, two at least
    elif url.drivername.startswith("sqlite"):
        arguments["timeout"] = timeout.total_seconds()
    return create_engine(url, poolclass=NullPool, connect_args=arguments)


def _forbid_writing(connection: Connection, timeout: timedelta) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text(f"SET LOCAL statement_timeout = {round(timeout.total_seconds() * 1000)}"))


def _is_our_own(error: DBAPIError) -> bool:
    """Whether the query or our access is at fault rather than the database."""
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return code in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state[:2] in OUR_OWN_CLASSES or state == READ_ONLY
    return "authentication failed" in str(error.orig)


def _plain(value: Any) -> Any:
    """A column as conditions know values: numbers, texts, truth values, spans in seconds."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime | date | time_of_day):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value
