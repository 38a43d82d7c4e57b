"""Responding: what makes a runbook start on an open incident, and what does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from loop.definitions import Definitions
from loop.evidence import MonitorEyes
from loop.library import Library
from loop.repair import Repair, Surroundings
from loop.respond import Respond
from monitors.services_for_probes import ProbeServices
from monitors.state import MonitorState
from monitors.storage import states
from runbooks import queries
from tests.clock import FrozenClock
from tests.loop.definitions import http_monitor, write
from tests.ticketing import stage
from ticketing import inbox
from watchdesk.database import Database
from watchdesk.health import Health, StateType

RUNBOOK = """
apiVersion: watchdesk/v1
id: mend
title: Mend the shop
owner: payments
risk: 1
trust: {level: automatic, because: "it is a test"}
match: {monitors: [web]}
steps:
  - {id: mend, run: {argv: ["true"]}, effect: repeatable}
verify: {recheck: origin, within: 1s}
"""


def let_pass(_: Session) -> None:
    """A guard that holds the lease."""


@pytest.fixture
def respond(sqlite: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[Respond]:
    """At work on a desk with one open incident, of a monitor that a runbook can mend."""
    root = write(tmp_path, monitors=http_monitor("http://127.0.0.1:9/", "    runbook: mend\n"), runbooks=RUNBOOK)
    library = Library(root, sqlite, clock)

    def services(_: Definitions) -> ProbeServices:
        return ProbeServices(clock=clock, items={}, secret=lambda name: name, last_ping=lambda _: None)

    eyes = MonitorEyes(sqlite, clock, library, services)
    surroundings = Surroundings(definitions=library.current, secret=lambda name: name)
    stage.take(sqlite, stage.signal(monitor="web", runbook="mend"))
    at_work = Respond(sqlite, clock, library, Repair(sqlite, clock, "worker", eyes, surroundings), let_pass)
    yield at_work
    at_work.close()


def show_critical(database: Database, clock: FrozenClock, state_type: StateType) -> None:
    """The newest sample of the monitor is bad, confirmed or not yet."""
    at = clock.now().timestamp()
    state = MonitorState(monitor="web", health=Health.CRITICAL, state_type=state_type, since=at, last_at=at)
    with database.writing() as session:
        states.save(session, [state])


def attempts(database: Database) -> int:
    with database.reading() as session:
        return len(queries.list_remediations(session))


def test_a_confirmed_failure_starts_the_runbook(respond: Respond, sqlite: Database, clock: FrozenClock) -> None:
    show_critical(sqlite, clock, StateType.HARD)
    respond.turn()
    assert attempts(sqlite) == 1


def test_a_single_bad_sample_on_an_open_incident_starts_nothing(
    respond: Respond, sqlite: Database, clock: FrozenClock
) -> None:
    show_critical(sqlite, clock, StateType.SOFT)
    respond.turn()
    assert attempts(sqlite) == 0


def test_without_news_open_incidents_are_looked_at_once_a_second(
    respond: Respond, sqlite: Database, clock: FrozenClock
) -> None:
    respond.turn()
    show_critical(sqlite, clock, StateType.HARD)
    clock.advance(0.9)
    respond.turn()
    assert attempts(sqlite) == 0
    clock.advance(0.1)
    respond.turn()
    assert attempts(sqlite) == 1


def test_news_has_them_looked_at_in_the_same_turn(respond: Respond, sqlite: Database, clock: FrozenClock) -> None:
    respond.turn()
    show_critical(sqlite, clock, StateType.HARD)
    with sqlite.writing() as session:
        inbox.accept(session, stage.signal(seconds=1, monitor="web", runbook="mend"), clock.now())
    respond.turn()
    assert attempts(sqlite) == 1
