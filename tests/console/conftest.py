"""Fixtures of the console's tests: databases without any table, a furnished shop, commands run in this process."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from console.cli.main import main
from console.migrations.upgrading import upgrade
from tests.console import scene
from tests.console.scene import Shop
from watchdesk.clock import SystemClock
from watchdesk.database import Database


@pytest.fixture
def bare_sqlite(tmp_path: Path) -> Iterator[Database]:
    """A SQLite file that does not exist yet."""
    with Database(f"sqlite:///{tmp_path / 'bare.db'}") as database:
        yield database


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server on which databases are made and dropped."""

    base: str

    def url(self, name: str) -> str:
        head, _, query = self.base.partition("?")
        return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")

    def make(self, name: str, template: str = "template0", encoding: str = "UTF8") -> None:
        locale = " LOCALE 'C'" if encoding != "UTF8" else ""
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'{encoding}\'{locale}')

    def drop(self, name: str) -> None:
        self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _do(self, statement: str) -> None:
        admin = create_engine(self.base, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(statement))
        admin.dispose()


@pytest.fixture(scope="session")
def server(postgres_server: str) -> Server:
    return Server(postgres_server.replace("postgresql://", "postgresql+psycopg://", 1))


@pytest.fixture
def bare_postgres(server: Server) -> Iterator[Database]:
    """An empty PostgreSQL database of this test's own."""
    name = f"watchdesk_bare_{os.getpid()}"
    server.drop(name)
    server.make(name)
    with Database(server.url(name)) as database:
        yield database
    server.drop(name)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema, made by migrating, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "template.db"
    with Database(f"sqlite:///{path}") as database:
        upgrade(database)
    return path


@pytest.fixture(scope="session")
def migrated_name(server: Server) -> Iterator[str]:
    """The name of a PostgreSQL database with the newest schema, to be used as a template."""
    name = f"watchdesk_migrated_{os.getpid()}"
    server.make(name)
    with Database(server.url(name)) as database:
        upgrade(database)
    yield name
    server.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database as `up` makes it, once on each dialect."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "migrated.db")
        with Database(f"sqlite:///{tmp_path / 'migrated.db'}") as database:
            yield database
        return
    server: Server = request.getfixturevalue("server")
    name = f"watchdesk_copy_{os.getpid()}"
    server.drop(name)
    server.make(name, request.getfixturevalue("migrated_name"))
    with Database(server.url(name)) as database:
        yield database
    server.drop(name)


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


@pytest.fixture
def shop(migrated: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop on each dialect, and the environment that lets a command find it."""
    home = tmp_path / "home"
    home.mkdir()
    definitions = scene.define(tmp_path / "definitions")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WATCHDESK_HOME", str(home))
    monkeypatch.setenv("WATCHDESK_DEFINITIONS", str(definitions))
    monkeypatch.setenv("WATCHDESK_DATABASE_URL", migrated.engine.url.render_as_string(hide_password=False))
    return scene.furnish(migrated, definitions, SystemClock().now())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Runs a command in this process."""

    def run_command(*words: str) -> Answer:
        capsys.readouterr()
        code = main(list(words))
        said = capsys.readouterr()
        return Answer(int(code), said.out, said.err)

    return run_command
