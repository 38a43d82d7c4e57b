"""`down` tells an end that was asked for from a death that nobody noticed before it."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from console.supervision import marks
from console.supervision.planned_end import note_deaths, note_planned_end
from console.supervision.starting import down
from console.supervision.tree import Tree
from tests.console.supervision.test_children import STAY, environment
from watchdesk import interruptions, shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.processes import ProcessName, this_process
from watchdesk.settings import Settings
from watchdesk.shifts import WATCH, Arrival, Beat
from watchdesk.tables import ShiftRow

NIGHT = timedelta(hours=7)


@pytest.fixture
def settings(migrated: Database, tmp_path: Path) -> Iterator[Settings]:
    url = migrated.engine.url.render_as_string(hide_password=False)
    yield Settings.model_validate({"home": tmp_path, "database_url": url})
    marks.kill(marks.of_home(tmp_path))


def watched(database: Database, process: ProcessName, at: datetime) -> None:
    """A shift of that process watched until then."""
    with database.writing() as session:
        shifts.arrived(session, Arrival(id="first", process=process), at)
        shifts.beat(session, "first", [Beat(role=WATCH, at=at, turns=1, failures=0)], {})


def dead() -> ProcessName:
    me = this_process()
    return replace(me, started=me.started - 1000)


def interruption(database: Database) -> interruptions.Interruption | None:
    with database.reading() as session:
        return interruptions.before_this_shift(session, None, SystemClock().now())


def test_the_hours_since_a_shift_died_are_an_interruption_although_somebody_said_down(
    migrated: Database, settings: Settings
) -> None:
    died_at = SystemClock().now() - NIGHT
    watched(migrated, dead(), died_at)
    with subprocess.Popen([sys.executable, *STAY], env=environment(settings.home)):  # what is up and shall end
        assert down(settings, say=lambda _: None) == 0
    found = interruption(migrated)
    assert found is not None
    assert found.since == died_at


def test_what_down_had_to_kill_is_no_interruption(migrated: Database, settings: Settings) -> None:
    now = SystemClock().now()
    watched(migrated, this_process(), now - NIGHT)
    note_deaths(settings)  # it lives until now
    with migrated.writing() as session:
        row = session.get_one(ShiftRow, "first")
        assert row.ended_at is None
        row.process_started = dead().started
    note_planned_end(settings)
    assert interruption(migrated) is None


def test_a_tree_that_is_told_to_stop_looks_for_the_dead_before_it_ends_the_living(tmp_path: Path) -> None:
    living = subprocess.Popen([sys.executable, *STAY], env=environment(tmp_path))
    seen: list[int | None] = []
    tree = Tree(tmp_path, ())
    tree.run(lambda: tree._stop(signal.SIGTERM, None), lambda: seen.append(living.poll()))
    assert seen == [None]
    assert living.wait() != 0
