"""`demo off` while an `up` goes on: the demo is gone, and the machine's own monitors are watched as before."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench.demo import Watchdesk
from console.supervision import marks

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    found = tmp_path / "home"
    yield found
    marks.kill(marks.of_home(found))


def mentions(home: Path) -> list[str]:
    """The tables in which a name of the demo still stands."""
    with closing(sqlite3.connect(home / "watchdesk.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [
            table
            for table in tables
            if any("demo-" in str(value) for row in connection.execute(f'SELECT * FROM "{table}"') for value in row)  # noqa: S608  names of tables
        ]


def test_turned_off_in_the_middle_of_a_fault_it_leaves_no_trace(home: Path) -> None:
    desk = Watchdesk(home)
    desk.say("up", "--demo", "--detach")
    assert mentions(home)
    desk.say("demo", "break", "hang")
    desk.say("demo", "break", "database")
    desk.say("demo", "off")
    assert mentions(home) == []
    assert {monitor["id"] for monitor in desk.ask("monitors", "list")} >= {"machine", "root-disk"}
    assert not any(monitor["id"].startswith("demo-") for monitor in desk.ask("monitors", "list"))
    assert desk.ask("status")["shift"] is not None
    desk.say("down")
    assert marks.of_home(home) == []
