"""One real Prefect server for all tests of the flows, started as `up` starts it, and a home with an empty database."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, PREFECT_LOGGING_LEVEL, temporary_settings

from console.supervision.children import ROOT, programs
from console.supervision.environment import environment_for
from console.supervision.preflight import make_home
from console.supervision.readiness import answers
from tests.ports import free_port
from watchdesk.database import Database
from watchdesk.schema import all_tables
from watchdesk.settings import Settings


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings under which a Prefect server runs."""
    settings = Settings(home=tmp_path_factory.mktemp("served") / "home", port=free_port(), prefect_port=free_port())
    make_home(settings.home)
    server, log = programs(settings)[0], settings.home / "logs" / "prefect.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *server.words],
            cwd=ROOT,
            env=environment_for(settings, "tests"),
            stdout=output,
            stderr=output,
        )
    try:
        while not answers(f"{settings.prefect_url}/api/health"):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield settings
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def home(served: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home of the test's own with an empty database; flows called in this process find it and the server."""
    settings = served.model_copy(update={"home": tmp_path / "home"})
    make_home(settings.home)
    with Database(settings.database) as database:
        all_tables().create_all(database.engine)
    monkeypatch.setenv("WATCHDESK_HOME", str(settings.home))
    chosen = {
        PREFECT_API_URL: f"{settings.prefect_url}/api",
        PREFECT_HOME: settings.home / "prefect",
        PREFECT_LOGGING_LEVEL: "CRITICAL",
    }
    with ExitStack() as stack:
        stack.enter_context(temporary_settings(chosen))
        yield settings


@pytest.fixture
def desk_database(home: Settings) -> Iterator[Database]:
    with Database(home.database) as database:
        yield database
