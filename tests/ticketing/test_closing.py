"""Closing: resolved tickets are over for good after a while, by the date of their resolution and nothing else."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests.ticketing.stage import at, evidence, review, signal, take, ticket
from ticketing import lookup, people, problems, timeline
from ticketing.closing import A_TRANSACTION, close_some
from ticketing.tables.outbox import OutboxMessage
from ticketing.vocabulary import ActorKind, TicketKind, TicketState
from watchdesk.database import Database

WEEK = timedelta(days=7)
RESOLVED = at(15)


def resolved(database: Database, monitor: str = "shop-web") -> str:
    """An incident that failed at 0 and was resolved by proof at 15."""
    number = take(database, signal(monitor=monitor, fingerprint=f"monitor/{monitor}")).ticket_number or ""
    review(database, number, evidence(11, 15, monitor=monitor))
    assert ticket(database, number).state == TicketState.RESOLVED
    return number


def close(database: Database, now: datetime) -> int:
    with database.writing() as session:
        return close_some(session, WEEK, now)


def test_a_ticket_is_closed_a_week_after_its_resolution_and_not_before(database: Database) -> None:
    number = resolved(database)
    assert close(database, RESOLVED + WEEK - timedelta(seconds=1)) == 0
    assert close(database, RESOLVED + WEEK) == 1
    found = ticket(database, number)
    assert (found.state, found.closed_at) == ("closed", RESOLVED + WEEK)


def test_closing_is_a_row_of_the_timeline_by_the_machine_and_is_told_outside(database: Database) -> None:
    number = resolved(database)
    close(database, RESOLVED + WEEK)
    with database.reading() as session:
        last = timeline.entries(session, ticket(database, number).id)[-1]
        told = session.scalars(select(OutboxMessage.op).order_by(OutboxMessage.seq)).all()
    assert (last.kind, last.actor_kind, last.actor) == ("closed", ActorKind.MACHINE, "housekeeping")
    assert "7d" in last.text
    assert told == ["open", "resolve", "update"]


@pytest.mark.parametrize(("kind", "recurs"), [(TicketKind.INCIDENT, True), (TicketKind.REQUEST, False)])
def test_only_of_an_incident_it_is_said_that_a_recurrence_opens_a_new_ticket(
    database: Database, kind: TicketKind, recurs: bool
) -> None:
    number = resolved(database)
    with database.writing() as session:
        lookup.by_number(session, number).kind = kind.value
    close(database, RESOLVED + WEEK)
    with database.reading() as session:
        last = timeline.entries(session, ticket(database, number).id)[-1]
    assert last.kind == "closed"
    assert ("a recurrence opens a new ticket" in last.text) is recurs


def test_a_note_after_the_resolution_does_not_put_it_off(database: Database) -> None:
    number = resolved(database)
    with database.writing() as session:
        people.note(session, number, "thanks", who="ana", now=RESOLVED + WEEK - timedelta(hours=1))
    assert close(database, RESOLVED + WEEK) == 1


def test_a_major_incident_is_never_closed_by_the_machine(database: Database) -> None:
    number = take(database, signal()).ticket_number or ""
    with database.writing() as session:
        people.mark_major(session, number, True, who="ana", now=at(1))
        people.resolve(session, number, people.Resolution(), who="ana", now=RESOLVED)
    assert close(database, RESOLVED + 9 * WEEK) == 0


def test_a_problem_is_closed_by_people_only(database: Database) -> None:
    number = take(database, signal()).ticket_number or ""
    with database.writing() as session:
        problem = problems.draft(session, ticket(database, number), "it keeps coming back", at(1)).number
        people.resolve(session, problem, people.Resolution(), who="ana", now=RESOLVED)
    assert close(database, RESOLVED + 9 * WEEK) == 0


def test_an_open_or_reopened_ticket_is_not_closed(database: Database) -> None:
    resolved(database)
    take(database, signal(seconds=60))
    assert close(database, RESOLVED + 9 * WEEK) == 0


def test_what_a_recurrence_may_still_reopen_is_not_closed(database: Database) -> None:
    policy = signal().resolve
    long = type(policy)(after=policy.after, grace=policy.grace, reopen_within=2 * WEEK)
    number = take(database, signal(resolve=long)).ticket_number or ""
    review(database, number, evidence(11, 15))
    assert close(database, RESOLVED + WEEK + timedelta(days=1)) == 0
    assert close(database, RESOLVED + 2 * WEEK + timedelta(seconds=1)) == 1


def test_a_recurrence_after_closing_opens_a_new_one_that_links_to_it(database: Database) -> None:
    number = resolved(database)
    close(database, RESOLVED + WEEK)
    again = take(database, signal(seconds=WEEK.total_seconds() + 60)).ticket_number or ""
    assert again != number
    assert ticket(database, again).recurrence_of == ticket(database, number).id


def test_many_are_closed_a_few_at_a_time_until_none_is_left(sqlite: Database) -> None:
    for index in range(A_TRANSACTION + 1):
        resolved(sqlite, f"m{index}")
    assert [close(sqlite, RESOLVED + WEEK) for _ in range(3)] == [A_TRANSACTION, 1, 0]
