"""Reminders of tickets that people hold while their monitor has recovered."""

from datetime import timedelta

from tests.ticketing.stage import at, evidence, review, signal, take, ticket
from tests.ticketing.test_clocks import desk, opened
from ticketing import lookup, people, reminders, timeline
from ticketing.desk import Desk
from ticketing.people import Hold
from watchdesk.database import Database

HOURS = 3600


def remind(database: Database, hours: float, at_desk: Desk) -> int:
    with database.writing() as session:
        return len(reminders.remind(session, at_desk, at(hours * HOURS)))


def recovered_but_held(database: Database, at_desk: Desk) -> str:
    """An acknowledged incident whose monitor recovered in the first minute."""
    number = opened(database, at_desk)
    with database.writing() as session:
        people.acknowledge(session, number, who="ada", now=at(5))
    review(database, number, evidence(10, 40), at_desk=at_desk)
    assert ticket(database, number).state == "acknowledged"
    assert ticket(database, number).recovered_at is not None
    return number


def test_the_first_reminder_comes_after_four_hours_and_the_next_after_a_day(database: Database) -> None:
    recovered_but_held(database, desk())
    reminded = {hours: remind(database, hours, desk()) for hours in (3.9, 4.1, 5, 28, 28.2, 50)}
    assert reminded == {3.9: 0, 4.1: 1, 5: 0, 28: 0, 28.2: 1, 50: 0}


def test_nobody_is_reminded_more_than_five_times(database: Database) -> None:
    recovered_but_held(database, desk())
    assert sum(remind(database, 5 + 25 * day, desk()) for day in range(20)) == 5


def test_reminders_keep_to_the_hours_of_the_service(database: Database) -> None:
    # 9-17: recovered Monday 09:00; four business hours are over at 13:00, twenty-four more on Thursday 13:00
    office = desk(hours="office")
    recovered_but_held(database, office)
    said = [hours for hours in range(1, 24 * 4) if remind(database, hours + 0.5, office)]
    assert said == [4, 3 * 24 + 4]


def test_a_reminder_names_the_command_that_ends_it(database: Database) -> None:
    number = recovered_but_held(database, desk())
    remind(database, 5, desk())
    with database.reading() as session:
        last = timeline.entries(session, lookup.by_number(session, number).id)[-1]
    assert last.kind == "reminded"
    assert "ada acknowledged it" in last.text
    assert f"watchdesk tickets resolve {number}" in last.text


def test_a_ticket_that_fails_again_is_no_reason_to_remind(database: Database) -> None:
    recovered_but_held(database, desk())
    take(database, signal(seconds=60), at_desk=desk())
    assert remind(database, 5, desk()) == 0


def test_a_ticket_on_hold_until_a_date_is_left_alone(database: Database) -> None:
    number = recovered_but_held(database, desk())
    until = at(0) + timedelta(days=7)
    with database.writing() as session:
        people.hold(session, number, Hold(reason="scheduled", note="a part", until=until), who="ada", now=at(50))
    assert remind(database, 5, desk()) == 0


def test_a_ticket_nobody_holds_is_left_to_the_machine(database: Database) -> None:
    number = opened(database, desk())
    review(database, number, evidence(10, 11), at_desk=desk())
    assert ticket(database, number).state == "recovering"
    assert remind(database, 5, desk()) == 0
