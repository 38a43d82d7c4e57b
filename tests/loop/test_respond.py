"""Responding: what makes a runbook start on an open incident, and what does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from loop import approval
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
from ticketing import queries as tickets
from ticketing.views import TicketDetail
from watchdesk.database import Database
from watchdesk.health import Health, StateType
from watchdesk.signals import SignalKind

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


OTHER = RUNBOOK.replace("id: mend", "id: replace")
NAMES_MEND = http_monitor("http://127.0.0.1:9/", "    runbook: mend\n")
NAMES_OTHER = http_monitor("http://127.0.0.1:9/", "    runbook: replace\n")
NAMES_NONE = http_monitor("http://127.0.0.1:9/")


@pytest.fixture
def respond(sqlite: Database, clock: FrozenClock, tmp_path: Path) -> Iterator[Respond]:
    """At work on a desk with one open incident, of a monitor that a runbook can mend."""
    root = write(tmp_path, monitors=NAMES_MEND, runbooks=RUNBOOK)
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


def redefine(folder: Path, clock: FrozenClock, monitors: str, runbook: str | None) -> None:
    """Other definitions, and time for the library to look at them."""
    write(folder, monitors=monitors, **({} if runbook is None else {"runbooks": runbook}))
    if runbook is None:
        (folder / "runbooks" / "test.yaml").unlink()
    clock.advance(2)


def ticket(database: Database) -> TicketDetail:
    with database.reading() as session:
        return tickets.show(session, "INC-1001")


def tried(database: Database) -> list[str]:
    """The runbooks of the attempts, newest first."""
    with database.reading() as session:
        return [attempt.runbook for attempt in queries.list_remediations(session)]


def test_a_runbook_that_is_exchanged_during_an_incident_is_the_one_that_is_tried(
    respond: Respond, sqlite: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    redefine(tmp_path, clock, NAMES_OTHER, OTHER)
    show_critical(sqlite, clock, StateType.HARD)
    respond.turn()
    assert tried(sqlite) == ["replace"]
    found = ticket(sqlite)
    assert found.runbook == "replace"
    (said,) = [entry.text for entry in found.timeline if entry.kind == "runbook_changed"]
    assert said == "The definitions name the runbook replace for web now, before: the runbook mend"


def test_the_policy_of_recovery_stays_as_it_was_when_the_runbook_changes(
    respond: Respond, sqlite: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    before = ticket(sqlite).policy
    redefine(tmp_path, clock, NAMES_OTHER.replace("after: 2", "after: 9"), OTHER)
    respond.turn()
    assert (ticket(sqlite).runbook, ticket(sqlite).policy) == ("replace", before)


def test_a_monitor_that_names_no_runbook_any_more_is_left_to_people(
    respond: Respond, sqlite: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    redefine(tmp_path, clock, NAMES_NONE, None)
    show_critical(sqlite, clock, StateType.HARD)
    respond.turn()
    assert (tried(sqlite), ticket(sqlite).runbook) == ([], None)


def test_a_runbook_that_is_added_during_an_incident_is_tried(
    respond: Respond, sqlite: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    redefine(tmp_path, clock, NAMES_NONE, None)
    respond.turn()
    assert ticket(sqlite).runbook is None
    redefine(tmp_path, clock, NAMES_MEND, RUNBOOK)
    show_critical(sqlite, clock, StateType.HARD)
    respond.turn()
    assert tried(sqlite) == ["mend"]


def test_a_plan_of_the_runbook_before_is_withdrawn(
    respond: Respond, sqlite: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    asking = RUNBOOK.replace("level: automatic", "level: approve")
    redefine(tmp_path, clock, NAMES_MEND, asking)
    show_critical(sqlite, clock, StateType.HARD)
    respond.turn()
    with sqlite.reading() as session:
        assert len(approval.waiting(session, clock.now())) == 1
    redefine(tmp_path, clock, NAMES_OTHER, OTHER)
    respond.turn()
    with sqlite.reading() as session:
        assert approval.waiting(session, clock.now()) == ()
    assert ticket(sqlite).ticket.awaiting_approval_since is None


def test_a_blind_monitor_gets_no_runbook(respond: Respond, sqlite: Database) -> None:
    blind = stage.signal(SignalKind.BLIND, monitor="web", runbook="mend")
    number = stage.take(sqlite, blind).ticket_number or ""
    respond.turn()
    with sqlite.reading() as session:
        assert tickets.show(session, number).runbook is None
