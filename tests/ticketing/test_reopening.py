"""A condition that comes back: reopened within its window, linked outside it, and a problem the third time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.ticketing.stage import SECOND, at, evidence, kinds, review, signal, take, ticket
from ticketing import people, queries
from ticketing.decision import Outcome
from ticketing.selection import Selection
from ticketing.tables import OutboxMessage
from watchdesk.database import Database
from watchdesk.signals import ResolvePolicy

HOUR = 3600


def come_and_go(database: Database, seconds: float, number: str = "INC-1001") -> Outcome:
    """Fail, recover with proof within ten seconds."""
    outcome = take(database, signal(seconds=seconds)).outcome
    review(database, number, evidence(seconds + 2, seconds + 10))
    return outcome


def test_a_recurrence_inside_the_window_reopens(database: Database) -> None:
    come_and_go(database, 0)
    assert take(database, signal(seconds=HOUR)).outcome is Outcome.REOPENED
    found = ticket(database)
    assert (found.state, found.reopen_count, found.occurrences) == ("new", 1, 2)
    assert (found.resolved_at, found.resolution_code) == (None, None)


def test_the_edge_of_the_window_is_inside_and_a_second_later_is_not(database: Database) -> None:
    come_and_go(database, 0)
    assert come_and_go(database, 10 + HOUR) is Outcome.REOPENED
    assert take(database, signal(seconds=10 + HOUR + 10 + HOUR + 1)).outcome is Outcome.OPENED


def test_a_recurrence_outside_the_window_is_a_new_linked_ticket(database: Database) -> None:
    come_and_go(database, 0)
    decision = take(database, signal(seconds=2 * HOUR))
    assert (decision.outcome, decision.ticket_number) == (Outcome.OPENED, "INC-1002")
    with database.reading() as session:
        assert queries.show(session, "INC-1002").recurrence_of == "INC-1001"
    assert ticket(database, "INC-1001").state == "resolved"


def test_with_a_window_of_nothing_each_fault_has_its_own_ticket(database: Database) -> None:
    never = ResolvePolicy(after=3, grace=2 * SECOND, reopen_within=timedelta(0))
    take(database, signal(resolve=never))
    review(database, "INC-1001", evidence(2, 10))
    assert take(database, signal(seconds=11, resolve=never)).ticket_number == "INC-1002"


def test_a_closed_incident_does_not_reopen(database: Database) -> None:
    come_and_go(database, 0)
    with database.writing() as session:
        people.close(session, "INC-1001", who="ana", now=ticket(database).opened_at + 20 * SECOND)
    assert take(database, signal(seconds=60)).ticket_number == "INC-1002"


def test_the_third_reopening_drafts_one_problem_and_links_it(database: Database) -> None:
    for round_number in range(6):
        come_and_go(database, round_number * 100)
        drafted = _problems(database)
        assert drafted == (() if round_number < 3 else ("PRB-1001",))
    found = ticket(database)
    with database.reading() as session:
        assert kinds(session, found).count("problem_linked") == 1
        assert queries.show(session, "PRB-1001").incidents == ("INC-1001",)
        assert queries.show(session, "INC-1001").problem == "PRB-1001"
        told = session.scalars(select(OutboxMessage.op).where(OutboxMessage.ticket_id != found.id)).all()
    assert told == ["open"]


def test_a_problem_that_was_resolved_is_not_drafted_again_for_the_same_incident(database: Database) -> None:
    for round_number in range(4):
        come_and_go(database, round_number * 100)
    with database.writing() as session:
        people.resolve(session, "PRB-1001", people.Resolution(), who="ana", now=at(390))
    come_and_go(database, 400)
    assert _problems(database) == ("PRB-1001",)


def test_what_keeps_coming_back_must_stay_away_longer(database: Database) -> None:
    for round_number in range(4):
        come_and_go(database, round_number * 100)
    assert ticket(database).resolve_grace == 4 * SECOND


def test_a_reopened_ticket_may_escalate_again(database: Database) -> None:
    come_and_go(database, 0)
    take(database, signal(seconds=100))
    assert ticket(database).escalated_at is None


@pytest.mark.parametrize("code", ["fixed_by_person", "not_an_incident"])
def test_what_a_person_resolved_reopens_too(database: Database, code: str) -> None:
    take(database, signal())
    with database.writing() as session:
        resolution = people.Resolution(code=code)
        people.resolve(session, "INC-1001", resolution, who="ana", now=ticket(database).opened_at + SECOND)
    assert take(database, signal(seconds=60)).outcome is Outcome.REOPENED


def _problems(database: Database) -> tuple[str, ...]:
    with database.reading() as session:
        return tuple(found.number for found in queries.list_tickets(session, Selection(kinds=("problem",))))
