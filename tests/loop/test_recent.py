"""Samples that a new watch lacks are read from the database: for all that fail at once by one look."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from loop.recent import KEPT, RecentSamples
from monitors.observation import Observation
from monitors.state import Verdict
from monitors.storage import journal, numbers
from monitors.storage.journal import Result
from tests.clock import FrozenClock
from watchdesk.database import Database
from watchdesk.health import Health

NAMES = [f"m{number}" for number in range(300)]
BEFORE = 30  # results of each, a minute apart


def fill(database: Database, clock: FrozenClock) -> float:
    """A past of an earlier watch; the instant of its last result."""
    now = clock.now().timestamp()
    with database.writing() as session:
        assigned = numbers.assign(session, NAMES)
        for ago in range(BEFORE, 0, -1):
            journal.append(session, [Result(n, assigned[n], now - 60 * ago, Health.OK, 0.01) for n in NAMES])
    return now - 60


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_a_storm_asks_the_database_no_more_often_than_a_single_failure(database: Database, clock: FrozenClock) -> None:
    fill(database, clock)
    with counted(database) as for_one:
        assert len(RecentSamples(database).of(NAMES[0])) == KEPT
    recent = RecentSamples(database)
    with counted(database) as for_all:
        recent.recall(NAMES)
        assert all(len(recent.of(name)) == KEPT for name in NAMES)
    assert len(for_all) <= len(for_one)


def test_what_was_seen_since_comes_last_and_once(database: Database, clock: FrozenClock) -> None:
    last_at = fill(database, clock)
    recent = RecentSamples(database)
    at = clock.now().timestamp()
    recent.add("m0", Observation(monitor="m0", at=at, ended=at), Verdict(health=Health.CRITICAL, summary="refused"))
    found = recent.of("m0")
    assert len(found) == KEPT
    assert [(sample.at.timestamp(), sample.health) for sample in found[-2:]] == [
        (last_at, Health.OK),
        (at, Health.CRITICAL),
    ]


def test_a_monitor_without_a_past_has_what_was_seen(database: Database, clock: FrozenClock) -> None:
    recent = RecentSamples(database)
    at = clock.now().timestamp()
    recent.add("new", Observation(monitor="new", at=at, ended=at), Verdict(health=Health.CRITICAL, summary="refused"))
    assert [sample.summary for sample in recent.of("new")] == ["refused"]
