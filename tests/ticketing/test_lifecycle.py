"""Moves between states: the table is the law, and a refused move is told why."""

import re
from pathlib import Path

import pytest

from tests.ticketing.stage import at, kinds, signal, take, ticket
from ticketing import changes, lifecycle, lookup, people
from ticketing.entry import Entry, EntryKind
from ticketing.errors import MoveRefused, TicketNotFound
from ticketing.people import Hold, Resolution
from ticketing.reconcile import end_what_is_over
from ticketing.tables import Ticket
from ticketing.vocabulary import OPEN, ActorKind, TicketState, machine, person
from watchdesk.database import Database
from watchdesk.errors import NotFound, Refused

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "incident-lifecycle.md"
STATES = sorted(TicketState)
ACTORS = {ActorKind.MACHINE: machine("somebody"), ActorKind.PERSON: person("ana")}


@pytest.mark.parametrize("actor_kind", ActorKind)
@pytest.mark.parametrize("target", STATES)
@pytest.mark.parametrize("source", STATES)
def test_exactly_the_moves_of_the_table_are_allowed(
    source: TicketState, target: TicketState, actor_kind: ActorKind
) -> None:
    bare = Ticket(number="INC-1", state=source.value)
    is_allowed = actor_kind in lifecycle.MOVES[source].get(target, frozenset())
    if source is TicketState.ON_HOLD and actor_kind is ActorKind.MACHINE:
        is_allowed = is_allowed and target in {TicketState.NEW, TicketState.ACKNOWLEDGED, TicketState.IN_PROGRESS}
    if is_allowed:
        lifecycle.check(bare, target, ACTORS[actor_kind], at(0))
    else:
        with pytest.raises(MoveRefused, match="INC-1"):
            lifecycle.check(bare, target, ACTORS[actor_kind], at(0))


def test_a_person_can_resolve_from_every_open_state() -> None:
    assert all(ActorKind.PERSON in lifecycle.MOVES[state][TicketState.RESOLVED] for state in OPEN)


def test_the_page_shows_the_same_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (\w+)(?: or (\w+))? \|", PAGE.read_text("utf-8"), re.MULTILINE)
    shown = {(source, target): {one for one in actors if one} for source, target, *actors in rows}
    table = {
        (s.value, t.value): {str(a) for a in actors}
        for s, ends in lifecycle.MOVES.items()
        for t, actors in ends.items()
    }
    assert shown == table


def test_a_refused_move_changes_nothing(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(1))
        people.close(session, "INC-1001", who="ana", now=at(2))
    before = ticket(database)
    entry = Entry(kind=EntryKind.REOPENED, text="again", actor=person("ana"))
    with database.writing() as session, pytest.raises(MoveRefused, match="for good"):
        changes.change(session, lookup.held_by_number(session, "INC-1001"), entry, at(3), state="new")
    after = ticket(database)
    assert (after.state, after.version, after.timeline_length) == ("closed", before.version, before.timeline_length)


@pytest.mark.parametrize("state", sorted(OPEN))
def test_acknowledging_is_allowed_in_every_open_state(database: Database, state: str) -> None:
    take(database, signal())
    with database.writing() as session:
        lookup.held_by_number(session, "INC-1001").state = state
    with database.writing() as session:
        people.acknowledge(session, "INC-1001", who="ana", now=at(1))
    found = ticket(database)
    assert (found.acknowledged_by, found.assignee) == ("ana", "ana")
    assert found.state == (state if state in {"on_hold", "in_progress", "acknowledged"} else "acknowledged")


def test_acknowledging_twice_is_one_acknowledgement(database: Database) -> None:
    take(database, signal())
    for second in (1, 2):
        with database.writing() as session:
            people.acknowledge(session, "INC-1001", who="ana", now=at(second))
    found = ticket(database)
    assert found.acknowledged_at == at(1)
    with database.reading() as session:
        assert kinds(session, found) == ["opened", "acknowledged"]


def test_a_second_person_acknowledging_takes_nothing_from_the_first(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.acknowledge(session, "INC-1001", who="ana", now=at(1))
        people.acknowledge(session, "INC-1001", who="jan", now=at(2))
    found = ticket(database)
    assert (found.acknowledged_by, found.acknowledged_at, found.assignee) == ("ana", at(1), "ana")


def test_a_hold_returns_to_where_it_came_from(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.work(session, "INC-1001", who="ana", now=at(1))
        people.hold(session, "INC-1001", Hold(reason="vendor", until=at(60)), who="ana", now=at(2))
    with database.writing() as session:
        end_what_is_over(session, at(59))
    assert ticket(database).state == "on_hold"
    with database.writing() as session:
        end_what_is_over(session, at(60))
    found = ticket(database)
    assert (found.state, found.hold_reason, found.hold_until) == ("in_progress", None, None)


def test_resolving_needs_a_code_that_is_known(database: Database) -> None:
    take(database, signal())
    with database.writing() as session, pytest.raises(Refused, match="did you mean 'fixed_by_person'"):
        people.resolve(session, "INC-1001", Resolution(code="fixed_by_persn"), who="ana", now=at(1))


def test_what_a_person_resolved_says_who_how_and_why(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(note="replaced the cable"), who="ana", now=at(9))
    found = ticket(database)
    assert (found.resolution_code, found.resolved_by, found.resolution_note) == (
        "fixed_by_person",
        "ana",
        "replaced the cable",
    )
    assert found.acknowledged_at == at(9)


@pytest.mark.parametrize("act", ["acknowledge", "work"])
def test_an_act_on_a_resolved_ticket_is_told_who_resolved_it(database: Database, act: str) -> None:
    take(database, signal())
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(1))
    with database.writing() as session, pytest.raises(MoveRefused, match="resolved by ana"):
        getattr(people, act)(session, "INC-1001", who="jan", now=at(2))


def test_a_late_note_neither_reopens_nor_is_refused(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(1))
        people.note(session, "INC-1001", "it was the fan", who="jan", now=at(2))
    found = ticket(database)
    assert (found.state, found.noted_at) == ("resolved", None)


def test_a_cancelled_ticket_stays_cancelled(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.cancel(session, "INC-1001", Resolution(code="duplicate"), who="ana", now=at(1))
    with database.writing() as session, pytest.raises(MoveRefused, match="only resolved"):
        people.reopen(session, "INC-1001", "oh", who="ana", now=at(2))
    assert take(database, signal(seconds=5)).ticket_number == "INC-1002"


def test_a_ticket_that_a_person_reopened_is_theirs(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(1))
        people.reopen(session, "INC-1001", "it came back", who="jan", now=at(2))
    found = ticket(database)
    assert (found.state, found.resolution_code, found.reopen_count) == ("new", None, 1)
    assert found.assignee == "jan"


def test_no_second_ticket_is_reopened_beside_a_live_one(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(1))
    take(database, signal(seconds=10_000))
    with database.writing() as session, pytest.raises(MoveRefused, match="INC-1002 is open"):
        people.reopen(session, "INC-1001", "oh", who="ana", now=at(10_001))


def test_nobody_at_work_means_nothing_to_release(database: Database) -> None:
    take(database, signal())
    with database.writing() as session, pytest.raises(Refused, match="the machine has it already"):
        people.release(session, "INC-1001", who="ana", now=at(1))


def test_a_number_that_does_not_exist_is_named(database: Database) -> None:
    with database.writing() as session, pytest.raises(TicketNotFound, match="INC-7") as caught:
        people.acknowledge(session, "INC-7", who="ana", now=at(1))
    assert isinstance(caught.value, NotFound)


@pytest.mark.parametrize("who", ["", "  ", "x" * 129])
def test_somebody_without_a_name_does_nothing(sqlite: Database, who: str) -> None:
    take(sqlite, signal())
    with sqlite.writing() as session, pytest.raises(Refused, match="name"):
        people.acknowledge(session, "INC-1001", who=who, now=at(1))


def test_numbers_are_found_in_any_capitals(sqlite: Database) -> None:
    take(sqlite, signal())
    with sqlite.reading() as session:
        assert lookup.by_number(session, " inc-1001 ").number == "INC-1001"
