"""A child of a failed parent belongs to the parent's incident, and nothing that fails is lost on the way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from tests.ticketing.stage import at, desk, evidence, kinds, review, signal, take, ticket
from ticketing import inbox, people, queries, reconcile
from ticketing.decision import Decision, Outcome
from ticketing.desk import Desk
from ticketing.discrepancy import Discrepancy
from ticketing.people import Resolution
from ticketing.tables import InboxEvent, TicketSignal
from watchdesk import maintenance
from watchdesk.calendars import Calendars
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.maintenance import Declaration
from watchdesk.signals import HealthSignal, RecoveryEvidence, SignalKind
from watchdesk.windows import Recurrence, Window


def child(seconds: float) -> HealthSignal:
    return signal(seconds=seconds, monitor="own-port", parents=("shop-web",))


def pump(database: Database, seconds: float, at_desk: Desk | None = None) -> list[Decision]:
    """Take all that the inbox offers, as the loop does."""
    with database.reading() as session:
        told = inbox.pending(session)
    return [take(database, one, seconds, at_desk) for one in told]


def seeing(*shown: RecoveryEvidence) -> Desk:
    return desk(look={one.monitor: one for one in shown}.get)


def test_a_child_attaches_to_its_parents_incident(database: Database) -> None:
    take(database, signal())
    decision = take(database, child(1))
    assert (decision.outcome, decision.ticket_number) == (Outcome.ATTACHED, "INC-1001")
    with database.reading() as session:
        assert queries.count_tickets(session) == 1
        shown = queries.show(session, "INC-1001")
        assert [(one.monitor, one.role) for one in shown.members] == [("shop-web", "primary"), ("own-port", "member")]
        assert kinds(session, ticket(database)) == ["opened", "member_attached"]


def test_a_grandchild_attaches_through_its_attached_parent(database: Database) -> None:
    take(database, signal())
    take(database, child(1))
    assert take(database, signal(seconds=2, monitor="leaf", parents=("own-port",))).ticket_number == "INC-1001"


def test_a_child_told_again_is_not_attached_twice(database: Database) -> None:
    take(database, signal())
    for second in (1, 2):
        take(database, child(second))
    with database.reading() as session:
        assert kinds(session, ticket(database)).count("member_attached") == 1


def test_a_child_that_comes_before_its_parent_waits_and_is_not_lost(database: Database) -> None:
    assert take(database, child(0)).outcome is Outcome.WAITING
    take(database, signal(seconds=1))
    (decision,) = pump(database, 2)
    assert (decision.outcome, decision.ticket_number) == (Outcome.ATTACHED, "INC-1001")
    assert pump(database, 3) == []


def test_a_child_whose_parent_never_comes_gets_its_own_incident(database: Database) -> None:
    take(database, child(0))
    assert [one.outcome for one in pump(database, 30)] == [Outcome.WAITING]
    (decision,) = pump(database, 31)
    assert (decision.outcome, ticket(database).monitor) == (Outcome.OPENED, "own-port")


def test_a_waiting_child_that_recovers_needs_no_ticket(database: Database) -> None:
    take(database, child(0))
    take(database, signal(SignalKind.RECOVERED, seconds=5, monitor="own-port"))
    assert [one.outcome for one in pump(database, 40)] == [Outcome.LATE]


def test_events_that_wait_do_not_keep_others_from_being_offered(database: Database) -> None:
    take(database, child(0))
    told = signal(seconds=1, monitor="other")
    with database.writing() as session:
        inbox.accept(session, told, at(1))
        assert [one.monitor for one in inbox.pending(session, 1)] == ["other"]


def test_a_child_never_attaches_to_a_ticket_that_has_ended(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(1))
    assert take(database, child(2)).outcome is Outcome.WAITING


def test_the_ticket_waits_for_its_members(database: Database) -> None:
    take(database, signal())
    take(database, child(1))
    decision = review(database, "INC-1001", evidence(5, 9))
    assert (decision.outcome, ticket(database).state) == (Outcome.RECOVERING, "recovering")
    assert "own-port" in decision.reason
    take(database, signal(SignalKind.RECOVERED, seconds=10, monitor="own-port"))
    assert review(database, "INC-1001", evidence(5, 11)).outcome is Outcome.RESOLVED


def test_a_member_that_is_seen_to_be_well_needs_no_word(database: Database) -> None:
    take(database, signal())
    take(database, child(1))
    well = seeing(evidence(4, 9, monitor="own-port"))
    assert review(database, "INC-1001", evidence(5, 9), at_desk=well).outcome is Outcome.RESOLVED


def test_samples_from_before_a_member_failed_do_not_make_it_well(database: Database) -> None:
    take(database, signal())
    take(database, child(8))
    before = seeing(evidence(2, 7, monitor="own-port"))
    assert review(database, "INC-1001", evidence(5, 9), at_desk=before).outcome is Outcome.RECOVERING


def test_a_silent_member_is_not_well(database: Database) -> None:
    take(database, signal())
    take(database, child(1))
    for shown in (
        evidence(4, 9, monitor="own-port", is_stale=True),
        evidence(4, 9, Health.UNKNOWN, monitor="own-port"),
    ):
        assert review(database, "INC-1001", evidence(5, 9), at_desk=seeing(shown)).outcome is Outcome.RECOVERING


def test_a_member_that_goes_on_failing_alone_gets_its_own_incident(database: Database) -> None:
    take(database, signal())
    take(database, child(1))
    bad = seeing(evidence(1, 12, Health.CRITICAL, monitor="own-port"))
    assert review(database, "INC-1001", evidence(5, 9), at_desk=bad).outcome is Outcome.RECOVERING
    review(database, "INC-1001", evidence(5, 12), at_desk=bad)
    assert [one.outcome for one in pump(database, 13, bad)] == [Outcome.OPENED]
    assert ticket(database, "INC-1002").monitor == "own-port"
    assert review(database, "INC-1001", evidence(5, 13), at_desk=bad).outcome is Outcome.RESOLVED


def test_a_member_that_fails_without_its_parents_has_a_fault_of_its_own(database: Database) -> None:
    take(database, signal())
    take(database, child(1))
    assert take(database, signal(seconds=3, monitor="own-port")).ticket_number == "INC-1002"
    with database.reading() as session:
        member = session.get(TicketSignal, (ticket(database).id, "monitor/own-port"))
        assert member is not None
        assert member.ended_as == "split"


def test_a_member_outlives_a_ticket_that_its_person_resolved(database: Database) -> None:
    take(database, signal())
    take(database, child(1))
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(5))
    shown = {"own-port": evidence(1, 200, Health.CRITICAL, monitor="own-port"), "shop-web": evidence(5, 200)}
    with database.writing() as session:
        reconcile.reconcile(session, shown, desk(), at(200))
    outcomes = pump(database, 201) + pump(database, 240)
    assert outcomes[-1].outcome is Outcome.OPENED
    assert ticket(database, "INC-1002").monitor == "own-port"


def test_maintenance_of_the_service_opens_no_ticket_and_is_written_down(database: Database) -> None:
    decision = take(database, signal(), at_desk=under_maintenance("shop"))
    assert decision.outcome is Outcome.MAINTENANCE
    with database.reading() as session:
        assert queries.count_tickets(session) == 0
        assert "patching" in session.scalars(select(InboxEvent.reason)).one()


def test_maintenance_declared_by_command_opens_no_ticket_either(database: Database) -> None:
    work = Declaration(starts_at=at(-60), ends_at=at(3600), services=("shop",), reason="a new switch")
    with database.writing() as session:
        maintenance.add(session, work, "ops", at(-60))
    assert take(database, signal()).outcome is Outcome.MAINTENANCE


def test_a_child_is_excused_by_the_maintenance_of_its_parent(database: Database) -> None:
    at_desk = under_maintenance("host")
    take(database, signal(service="host"), at_desk=at_desk)
    assert take(database, child(1), at_desk=at_desk).outcome is Outcome.MAINTENANCE


def test_an_incident_from_before_the_window_is_still_counted(database: Database) -> None:
    take(database, signal())
    assert take(database, signal(seconds=1), at_desk=under_maintenance("shop")).outcome is Outcome.COUNTED


def test_a_failure_that_outlives_the_window_gets_its_ticket(database: Database) -> None:
    take(database, signal(), at_desk=under_maintenance("shop"))
    later = 7200
    bad = {"shop-web": evidence(0, later, Health.CRITICAL)}
    with database.writing() as session:
        counts = reconcile.reconcile(session, bad, desk(), at(later)).counts
    assert counts[Discrepancy.FAILING_WITHOUT_TICKET] == 1
    assert [one.outcome for one in pump(database, later + 1)] == [Outcome.OPENED]
    with database.writing() as session:
        assert reconcile.reconcile(session, bad, desk(), at(later + 2)).is_clean


def under_maintenance(name: str) -> Desk:
    began = datetime(2026, 3, 2, 8, 0, tzinfo=UTC).replace(tzinfo=None)
    when = Recurrence(tz="UTC", lasts=timedelta(hours=2), first=began)
    window = Window(id="patching", services=(name,), reason="CHG-412", when=when)
    return replace(desk(), calendars=Calendars(windows=(window,)))
