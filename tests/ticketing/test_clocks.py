"""Clocks as stored: what the timeline means for them, what is pinned, and that they are never more than a cache."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.ticketing.stage import SECOND, at, evidence, review, service, signal, take, ticket
from tests.watchdesk.calendar_samples import weekdays
from ticketing import clocks, lookup, people
from ticketing.clocks import ClockView
from ticketing.desk import Desk
from ticketing.people import Hold, Resolution
from ticketing.service_level import ClockState, Promise
from ticketing.tables.service_level import ServiceLevelClock
from watchdesk.calendars import ALWAYS, Calendars
from watchdesk.catalogue import Catalogue, ServiceLevelAgreement
from watchdesk.database import Database

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def desk(respond: timedelta | None = 15 * MINUTE, resolve: timedelta | None = 4 * HOUR, hours: str = "always") -> Desk:
    """Shop promises something; office hours are 9 to 17 UTC. The test's morning is a Monday, 09:00."""
    promising = replace(service(), sla=ServiceLevelAgreement(respond=respond, resolve=resolve), hours=hours)
    calendars = {"always": ALWAYS, "office": weekdays(9, 17)}
    return Desk(catalogue=Catalogue(services={"shop": promising}), calendars=Calendars(calendars=calendars))


def opened(database: Database, at_desk: Desk) -> str:
    """The number of an incident opened at the beginning of the morning."""
    number = take(database, signal(), at_desk=at_desk).ticket_number
    assert number is not None
    return number


def refreshed(database: Database, number: str, seconds: float, at_desk: Desk) -> dict[Promise, ClockView]:
    """The ticket's clocks, measured some seconds into the morning; each must be reproducible from the timeline."""
    with database.writing() as session:
        ticket_id = lookup.by_number(session, number).id
        clocks.refresh(session, ticket_id, at_desk, at(seconds))
        assert clocks.disagreements(session, ticket_id) == ()
        return {clock.promise: clock for clock in clocks.of_ticket(session, ticket_id)}


def test_a_new_incident_has_a_clock_for_each_promise(database: Database) -> None:
    found = refreshed(database, opened(database, desk()), 60, desk())
    assert {promise: clock.due_at for promise, clock in found.items()} == {
        Promise.RESPOND: at(15 * 60),
        Promise.RESOLVE: at(4 * 3600),
    }
    assert found[Promise.RESPOND].elapsed == MINUTE


def test_a_service_that_promises_nothing_has_no_clocks(sqlite: Database) -> None:
    nothing = desk(None, None)
    assert refreshed(sqlite, opened(sqlite, nothing), 60, nothing) == {}


def test_acknowledging_completes_the_response_and_not_the_resolution(database: Database) -> None:
    number = opened(database, desk())
    with database.writing() as session:
        people.acknowledge(session, number, who="ada", now=at(300))
    found = refreshed(database, number, 600, desk())
    assert (found[Promise.RESPOND].state, found[Promise.RESPOND].completed_at) == (ClockState.KEPT, at(300))
    assert found[Promise.RESOLVE].state is ClockState.RUNNING


def test_an_acknowledgement_after_the_promised_time_broke_it(database: Database) -> None:
    number = opened(database, desk())
    with database.writing() as session:
        people.acknowledge(session, number, who="ada", now=at(901))
    found = refreshed(database, number, 1000, desk())
    assert (found[Promise.RESPOND].state, found[Promise.RESPOND].breached_at) == (ClockState.BROKEN, at(900))


def test_time_on_hold_does_not_count(database: Database) -> None:
    number = opened(database, desk())
    with database.writing() as session:
        people.acknowledge(session, number, who="ada", now=at(60))
    with database.writing() as session:
        people.hold(session, number, Hold(reason="vendor", note="waits for a part"), who="ada", now=at(3600))
    on_hold = refreshed(database, number, 7200, desk())
    assert (on_hold[Promise.RESOLVE].state, on_hold[Promise.RESOLVE].elapsed) == (ClockState.PAUSED, HOUR)
    with database.writing() as session:
        people.release(session, number, who="ada", now=at(3 * 3600))
    assert refreshed(database, number, 4 * 3600, desk())[Promise.RESOLVE].due_at == at(6 * 3600)


def test_a_recovery_resolved_by_the_machine_completes_both_promises(database: Database) -> None:
    number = opened(database, desk())
    review(database, number, evidence(1, 10), at_desk=desk())
    assert ticket(database, number).state == "resolved"
    found = refreshed(database, number, 60, desk())
    assert {clock.state for clock in found.values()} == {ClockState.KEPT}


def test_a_reopened_ticket_owes_what_was_left(database: Database) -> None:
    number = opened(database, desk())
    with database.writing() as session:
        people.resolve(session, number, Resolution(code="fixed_by_person", note="done"), who="ada", now=at(3600))
    refreshed(database, number, 3600, desk())
    with database.writing() as session:
        people.reopen(session, number, "it was not", who="bob", now=at(7200))
    assert refreshed(database, number, 7200, desk())[Promise.RESOLVE].due_at == at(7200 + 3 * 3600)


def test_a_cancelled_ticket_owes_nothing(database: Database) -> None:
    number = opened(database, desk())
    with database.writing() as session:
        people.cancel(session, number, Resolution(code="duplicate", note="of another"), who="ada", now=at(60))
    assert {clock.state for clock in refreshed(database, number, 90, desk()).values()} == {ClockState.CANCELLED}


def test_a_changed_promise_does_not_change_tickets_that_were_open_before(database: Database) -> None:
    number = opened(database, desk())
    refreshed(database, number, 60, desk())
    later = refreshed(database, number, 120, desk(respond=MINUTE, resolve=MINUTE, hours="office"))
    assert later[Promise.RESOLVE].due_at == at(4 * 3600)
    assert later[Promise.RESOLVE].calendar == "always"


def test_hours_of_the_service_s_calendar_are_what_counts(database: Database) -> None:
    # 9-17, ten hours from Monday 09:00: eight on Monday, two on Tuesday
    office = desk(resolve=10 * HOUR, hours="office")
    found = refreshed(database, opened(database, office), 60, office)
    assert found[Promise.RESOLVE].due_at == at(26 * 3600)


def test_only_tickets_whose_timeline_has_grown_are_measured_again(database: Database) -> None:
    number = opened(database, desk())
    with database.writing() as session:
        assert clocks.refresh_changed(session, desk(), at(10)) == 1
        assert clocks.refresh_changed(session, desk(), at(20)) == 0
        people.note(session, number, "looking", who="ada", now=at(30))
        assert clocks.refresh_changed(session, desk(), at(40)) == 1


def test_a_resolved_ticket_is_measured_once_more(database: Database) -> None:
    number = opened(database, desk())
    with database.writing() as session:
        clocks.refresh_changed(session, desk(), at(10))
        people.resolve(session, number, Resolution(code="fixed_by_person", note="done"), who="ada", now=at(30))
        assert clocks.refresh_changed(session, desk(), at(40)) == 1
        assert clocks.refresh_changed(session, desk(), at(50)) == 0
        (_, resolve) = clocks.of_ticket(session, lookup.by_number(session, number).id)
    assert resolve.completed_at == at(30)


@pytest.mark.parametrize("column", ["elapsed", "due_at", "state"])
def test_a_stored_clock_that_was_tampered_with_is_noticed(sqlite: Database, column: str) -> None:
    number = opened(sqlite, desk())
    refreshed(sqlite, number, 60, desk())
    wrong = {"elapsed": 5 * SECOND, "due_at": at(1), "state": "kept"}[column]
    with sqlite.writing() as session:
        ticket_id = lookup.by_number(session, number).id
        session.execute(update(ServiceLevelClock).values({column: wrong}))
        session.expire_all()
        assert set(clocks.disagreements(session, ticket_id)) == {"respond", "resolve"}
