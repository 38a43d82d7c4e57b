"""What runbooks did stands on the ticket, and escalation happens once."""

from tests.ticketing.stage import at, evidence, kinds, remediation, review, signal, take, ticket
from ticketing import people, queries, remediations, timeline
from ticketing.people import Resolution
from ticketing.remediations import Refusal
from ticketing.selection import Selection
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import RemediationState


def begin(database: Database) -> bool:
    found = ticket(database)
    with database.writing() as session:
        return remediations.started(session, found.id, remediation(found, RemediationState.RUNNING), at(1))


def finish(database: Database, state: RemediationState) -> None:
    found = ticket(database)
    with database.writing() as session:
        remediations.finished(session, found.id, remediation(found, state, 3), at(3))


def test_a_running_runbook_shows_in_the_state(database: Database) -> None:
    take(database, signal())
    assert begin(database)
    assert ticket(database).state == "remediating"
    finish(database, RemediationState.FAILED)
    assert ticket(database).state == "new"


def test_a_person_may_acknowledge_while_a_runbook_runs(database: Database) -> None:
    take(database, signal())
    begin(database)
    with database.writing() as session:
        people.acknowledge(session, "INC-1001", who="ana", now=at(2))
    finish(database, RemediationState.SUCCEEDED)
    found = ticket(database)
    assert (found.state, found.acknowledged_by) == ("acknowledged", "ana")


def test_a_runbook_that_ends_after_the_ticket_is_still_written_down(database: Database) -> None:
    take(database, signal())
    begin(database)
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(2))
    finish(database, RemediationState.SUCCEEDED)
    found = ticket(database)
    assert (found.state, found.resolution_code, found.remediation_succeeded_at) == ("resolved", "fixed_by_person", None)
    with database.reading() as session:
        assert kinds(session, found)[-1] == "remediation_finished"


def test_a_refusal_is_said_once_for_each_guard(database: Database) -> None:
    take(database, signal())
    found = ticket(database)
    said = [
        refuse(database, found.id, Refusal(runbook="restart-shop", guard=guard, reason="no"))
        for guard in ("freeze", "freeze", "cooldown")
    ]
    assert said == [True, False, True]


def test_a_refusal_is_said_again_after_a_reopening(database: Database) -> None:
    take(database, signal())
    found = ticket(database)
    refusal = Refusal(runbook="restart-shop", guard="freeze", reason="no")
    refuse(database, found.id, refusal)
    review(database, "INC-1001", evidence(5, 9))
    take(database, signal(seconds=20))
    assert refuse(database, found.id, refusal)


def test_waiting_for_approval_can_be_listed_and_ends(database: Database) -> None:
    take(database, signal())
    found = ticket(database)
    waiting = Selection(is_awaiting_approval=True)
    with database.writing() as session:
        proposed = remediation(found, RemediationState.AWAITING_APPROVAL)
        remediations.awaiting_approval(session, found.id, proposed, at(1))
        assert queries.count_tickets(session, waiting) == 1
        remediations.approval_ended(session, found.id, "the plan expired", at(2))
        assert queries.count_tickets(session, waiting) == 0


def test_escalation_is_one_level_more_urgent_and_happens_once(database: Database) -> None:
    take(database, signal(health=Health.WARNING))
    found = ticket(database)
    assert (found.urgency, found.priority) == (3, "P3")
    assert escalate(database, found.id)
    assert not escalate(database, found.id)
    found = ticket(database)
    assert (found.urgency, found.priority, found.escalated_at) == (2, "P2", at(2))
    with database.reading() as session:
        assert kinds(session, found).count("escalated") == 1
        assert "payments" in timeline.entries(session, found.id)[-1].text


def test_what_is_most_urgent_already_says_so(database: Database) -> None:
    take(database, signal())
    escalate(database, ticket(database).id)
    found = ticket(database)
    assert (found.urgency, found.priority) == (1, "P1")
    assert "highest already" in found.derivation


def test_an_escalated_ticket_stays_raised_when_its_severity_changes(database: Database) -> None:
    take(database, signal(service="host", health=Health.WARNING))
    escalate(database, ticket(database).id)
    take(database, signal(seconds=5, service="host", health=Health.CRITICAL))
    take(database, signal(seconds=6, service="host", health=Health.WARNING))
    assert (ticket(database).urgency, ticket(database).priority) == (2, "P4")


def test_a_ticket_that_has_ended_is_not_escalated(database: Database) -> None:
    take(database, signal())
    review(database, "INC-1001", evidence(5, 9))
    assert not escalate(database, ticket(database).id)


def refuse(database: Database, ticket_id: str, refusal: Refusal) -> bool:
    with database.writing() as session:
        return remediations.refused(session, ticket_id, refusal, at(2))


def escalate(database: Database, ticket_id: str) -> bool:
    with database.writing() as session:
        return remediations.escalate(session, ticket_id, "three attempts failed", at(2))
