"""One condition has one open incident, whatever is told, how often, and in which order."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from tests.ticketing.stage import at, desk, kinds, signal, take, ticket
from ticketing import inbox, incidents
from ticketing.decision import Outcome
from ticketing.tables import Evidence, InboxEvent, OutboxMessage, Ticket
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import SignalKind


def test_a_problem_opens_an_incident_with_what_a_person_needs(database: Database) -> None:
    decision = take(database, signal(measured={"status": "503"}))
    found = ticket(database)
    assert (decision.outcome, decision.ticket_number) == (Outcome.OPENED, "INC-1001")
    assert (found.kind, found.state, found.priority, found.assignment_group) == ("incident", "new", "P1", "payments")
    assert (found.monitor, found.service, found.fingerprint) == ("shop-web", "shop", "monitor/shop-web")
    assert (found.measured, found.occurrences, found.assignee) == ({"status": "503"}, 1, None)
    assert "tier 1" in found.derivation


def test_the_failing_samples_are_kept_as_evidence(database: Database) -> None:
    take(database, signal())
    with database.reading() as session:
        (kept,) = session.scalars(select(Evidence))
    assert (kept.phase, kept.samples[0]["health"]) == ("opening", "critical")


def test_the_same_event_is_accepted_once(database: Database) -> None:
    told = signal()
    with database.writing() as session:
        assert inbox.accept(session, told, at(0))
        assert not inbox.accept(session, told, at(1))
        assert len(inbox.pending(session, 10)) == 1


def test_two_sources_may_use_the_same_event_id(database: Database) -> None:
    told = signal()
    with database.writing() as session:
        assert inbox.accept(session, told, at(0))
        assert inbox.accept(session, replace(told, source="elsewhere"), at(0))


def test_an_event_is_decided_once(database: Database) -> None:
    told = signal()
    take(database, told)
    assert take(database, told).outcome is Outcome.KNOWN
    assert ticket(database).occurrences == 1


def test_pending_events_come_in_the_order_they_were_told(database: Database) -> None:
    told = [signal(seconds=second) for second in (3, 1, 2)]
    with database.writing() as session:
        for one in told:
            inbox.accept(session, one, at(5))
        assert [found.event_id for found in inbox.pending(session, 2)] == [one.event_id for one in told[:2]]


def test_a_signal_survives_its_way_through_the_inbox(database: Database) -> None:
    told = signal(measured={"status": "503"}, parents=("router",), item="web-1")
    with database.writing() as session:
        inbox.accept(session, told, at(0))
        assert inbox.pending(session, 1) == [told]


@pytest.mark.parametrize("summary", ["nothing\0more", "half \ud800 a pair"])
def test_text_that_no_database_can_hold_still_opens_a_ticket(database: Database, summary: str) -> None:
    take(database, signal(summary=summary, title=summary, measured={summary: summary}))
    assert "\N{REPLACEMENT CHARACTER}" in ticket(database).summary or "?" in ticket(database).summary


def test_a_further_problem_counts_an_occurrence_on_the_open_incident(database: Database) -> None:
    take(database, signal(seconds=0))
    decision = take(database, signal(seconds=1))
    assert (decision.outcome, decision.ticket_number) == (Outcome.COUNTED, "INC-1001")
    assert ticket(database).occurrences == 2


def test_a_changed_severity_changes_the_priority_and_says_why(database: Database) -> None:
    take(database, signal(health=Health.WARNING))
    assert ticket(database).priority == "P3"
    take(database, signal(seconds=1, health=Health.CRITICAL))
    found = ticket(database)
    assert (found.priority, found.severity) == ("P1", "critical")
    with database.reading() as session:
        assert kinds(session, found) == ["opened", "severity_changed"]


def test_word_older_than_what_was_applied_is_recorded_and_not_applied(database: Database) -> None:
    take(database, signal(seconds=5))
    take(database, signal(SignalKind.RECOVERED, seconds=9))
    decision = take(database, signal(seconds=7), seconds=10)
    assert decision.outcome is Outcome.LATE
    assert (ticket(database).occurrences, ticket(database).state) == (1, "recovering")
    with database.reading() as session:
        assert session.scalars(select(InboxEvent.outcome).order_by(InboxEvent.id)).all()[-1] == "late"


def test_a_ticket_and_the_word_outside_come_together_or_not_at_all(database: Database) -> None:
    with pytest.raises(RuntimeError):
        _take_and_fail(database)
    with database.reading() as session:
        for table in (Ticket, OutboxMessage, InboxEvent):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    take(database, signal())
    with database.reading() as session:
        assert session.scalars(select(OutboxMessage.op)).all() == ["open"]


def test_the_number_of_a_lost_transaction_is_given_again(database: Database) -> None:
    with pytest.raises(RuntimeError):
        _take_and_fail(database)
    assert take(database, signal()).ticket_number == "INC-1001"
    assert take(database, signal(monitor="other")).ticket_number == "INC-1002"


def test_a_service_that_is_not_in_the_catalogue_still_gets_its_ticket(database: Database) -> None:
    take(database, signal(service="nobody-knows"))
    found = ticket(database)
    assert (found.assignment_group, found.priority) == (None, "P3")
    assert "not in the catalogue" in found.derivation


def test_the_database_itself_refuses_a_second_open_incident_of_a_condition(database: Database) -> None:
    take(database, signal())
    first = ticket(database)
    twin = {column.key: getattr(first, column.key) for column in Ticket.__table__.columns}
    with database.writing() as session:
        session.add(Ticket(**twin | {"id": "twin", "number": "INC-9999"}))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def _take_and_fail(database: Database) -> None:
    with database.writing() as session:
        incidents.take(session, signal(), desk(), at(0))
        raise RuntimeError
