"""Nothing is taken from a person who is at work on it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.ticketing.stage import at, evidence, kinds, remediation, review, signal, take, ticket
from ticketing import changes, lookup, people, remediations
from ticketing.decision import Outcome
from ticketing.entry import Entry, EntryKind
from ticketing.errors import MoveRefused
from ticketing.people import Hold
from ticketing.tables import Evidence, OutboxMessage
from ticketing.vocabulary import machine
from watchdesk.database import Database
from watchdesk.signals import RemediationState, SignalKind

Act = Callable[[Session], None]


def acknowledge(session: Session) -> None:
    people.acknowledge(session, "INC-1001", who="ana", now=at(1))


def work(session: Session) -> None:
    people.work(session, "INC-1001", who="ana", now=at(1))


def assign(session: Session) -> None:
    people.assign(session, "INC-1001", "ana", who="jan", now=at(1))


def note(session: Session) -> None:
    people.note(session, "INC-1001", "the cable looks loose", who="ana", now=at(1))


def hold(session: Session) -> None:
    people.hold(session, "INC-1001", Hold(reason="vendor"), who="ana", now=at(1))


def draft(session: Session) -> None:
    people.draft(session, "INC-1001", at(600), who="ana", now=at(1))


ACTS = pytest.mark.parametrize("act", [acknowledge, work, assign, note, hold, draft])


@ACTS
def test_a_person_at_work_keeps_the_machine_from_resolving(database: Database, act: Act) -> None:
    take(database, signal())
    with database.writing() as session:
        act(session)
    before = ticket(database).state
    assert review(database, "INC-1001", evidence(5, 20)).outcome is Outcome.HELD
    assert ticket(database).state == before


@ACTS
def test_the_recovery_is_told_once_with_its_evidence(database: Database, act: Act) -> None:
    take(database, signal())
    with database.writing() as session:
        act(session)
    for second in (20, 21, 22):
        review(database, "INC-1001", evidence(5, second))
    found = ticket(database)
    assert (found.recovered_at, found.recovery_posted_at) == (at(5), at(20))
    with database.reading() as session:
        assert kinds(session, found).count("recovered") == 1
        assert [kept.phase for kept in session.scalars(select(Evidence))] == ["opening", "resolution"]
        assert session.scalars(select(OutboxMessage.op).order_by(OutboxMessage.seq)).all()[-1] == "update"


@ACTS
def test_a_released_ticket_is_the_machines_again(database: Database, act: Act) -> None:
    take(database, signal())
    with database.writing() as session:
        act(session)
    review(database, "INC-1001", evidence(5, 20))
    with database.writing() as session:
        people.release(session, "INC-1001", who="ana", now=at(21))
    assert review(database, "INC-1001", evidence(5, 22)).outcome is Outcome.RESOLVED


def test_a_recovery_that_did_not_last_is_told_again_the_next_time(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        acknowledge(session)
    review(database, "INC-1001", evidence(5, 20))
    take(database, signal(seconds=30))
    review(database, "INC-1001", evidence(40, 50))
    with database.reading() as session:
        assert kinds(session, ticket(database)).count("recovered") == 2


def test_a_group_as_assignee_does_not_keep_the_machine_off(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.assign_group(session, "INC-1001", "network", who="ana", now=at(1))
    assert review(database, "INC-1001", evidence(5, 20)).outcome is Outcome.RESOLVED


def test_the_machines_own_escalation_does_not_keep_the_machine_off(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        remediations.escalate(session, ticket(database).id, "three attempts failed", at(2))
    assert review(database, "INC-1001", evidence(5, 20)).outcome is Outcome.RESOLVED


def test_unsent_text_counts_only_until_its_time_is_over(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.draft(session, "INC-1001", at(10), who="ana", now=at(1))
    assert review(database, "INC-1001", evidence(5, 20)).outcome is Outcome.RESOLVED


def test_a_major_incident_is_resolved_by_people_only(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.mark_major(session, "INC-1001", True, who="ana", now=at(1))
    assert review(database, "INC-1001", evidence(5, 20)).outcome is Outcome.HELD
    assert ticket(database).state != "resolved"


def test_a_retired_target_is_not_taken_from_its_person_either(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        acknowledge(session)
    assert take(database, signal(SignalKind.RETIRED, seconds=5)).outcome is Outcome.HELD
    assert review(database, "INC-1001", evidence(5, 6, exists=False)).outcome is Outcome.HELD
    assert ticket(database).state == "acknowledged"


@ACTS
def test_no_remediation_takes_the_ticket_from_its_person(database: Database, act: Act) -> None:
    take(database, signal())
    with database.writing() as session:
        act(session)
    before = ticket(database)
    with database.writing() as session:
        assert not remediations.started(session, before.id, remediation(before, RemediationState.RUNNING), at(2))
    assert ticket(database).state == before.state


@ACTS
def test_the_lifecycle_itself_refuses_the_machine(database: Database, act: Act) -> None:
    take(database, signal())
    entry = Entry(kind=EntryKind.RESOLVED, text="by force", actor=machine("a careless caller"))
    with database.writing() as session:
        act(session)
        found = lookup.held_by_number(session, "INC-1001")
        with pytest.raises(MoveRefused, match="the machine leaves it alone"):
            changes.change(session, found, entry, at(2), state="resolved")


def test_guards_end_with_the_episode_but_the_owner_stays(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.acknowledge(session, "INC-1001", who="ana", now=at(1))
        people.resolve(session, "INC-1001", people.Resolution(), who="ana", now=at(2))
    take(database, signal(seconds=2 + timedelta(minutes=5).total_seconds()))
    found = ticket(database)
    assert (found.state, found.assignee, found.acknowledged_at) == ("new", "ana", None)
