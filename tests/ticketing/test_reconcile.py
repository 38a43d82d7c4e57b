"""Every open ticket has a reason, and everything that fails has a ticket."""

from dataclasses import replace

import pytest

from tests.ticketing.stage import at, desk, evidence, review, signal, take, ticket
from ticketing import inbox, people, reconcile
from ticketing.discrepancy import Discrepancy
from ticketing.people import Hold, Resolution
from ticketing.proof import Finding
from ticketing.reconcile import Reconciliation
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import RecoveryEvidence, SignalKind


def run(database: Database, seconds: float, *shown: RecoveryEvidence) -> Reconciliation:
    with database.writing() as session:
        return reconcile.reconcile(session, {one.monitor: one for one in shown}, desk(), at(seconds))


def pump(database: Database, seconds: float) -> None:
    with database.reading() as session:
        told = inbox.pending(session)
    for one in told:
        take(database, one, seconds)


def test_a_quiet_desk_has_no_discrepancies(database: Database) -> None:
    found = run(database, 0)
    assert found.is_clean
    assert set(found.counts) == set(Discrepancy)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (evidence(0, 100, Health.CRITICAL), Finding.FAILING),
        (evidence(99, 100), Finding.GRACE),
        (evidence(50, 100, Health.UNKNOWN), Finding.BLIND),
        (evidence(50, 100, is_stale=True), Finding.BLIND),
        (evidence(50, 100, is_flapping=True), Finding.FLAPPING),
        (evidence(50, 100, is_paused=True), Finding.PAUSED),
    ],
)
def test_an_open_ticket_is_counted_under_its_reason(
    database: Database, shown: RecoveryEvidence, reason: Finding
) -> None:
    take(database, signal())
    found = run(database, 100, shown)
    assert (found.is_clean, found.reasons) == (True, {reason: 1})
    assert ticket(database).state != "resolved"


def test_a_person_at_work_is_a_reason(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.acknowledge(session, "INC-1001", who="ana", now=at(1))
    found = run(database, 1000, evidence(5, 1000))
    assert (found.is_clean, found.reasons) == (True, {Finding.PERSON: 1})


def test_what_stayed_open_after_a_proved_recovery_is_counted_and_resolved(database: Database) -> None:
    take(database, signal())
    found = run(database, 200, evidence(5, 200))
    assert found.counts[Discrepancy.OPEN_WITHOUT_REASON] == 1
    assert found.details[0].is_repaired
    assert ticket(database).state == "resolved"
    assert run(database, 201).is_clean


def test_a_recovery_proved_a_moment_ago_is_no_discrepancy(database: Database) -> None:
    take(database, signal())
    assert run(database, 9, evidence(5, 9)).is_clean
    assert ticket(database).state == "resolved"


def test_a_ticket_whose_monitor_nobody_knows_is_counted_and_left_alone(database: Database) -> None:
    take(database, signal())
    found = run(database, 100)
    assert found.counts[Discrepancy.OPEN_WITHOUT_EVIDENCE] == 1
    assert ticket(database).state == "new"


def test_good_samples_that_can_never_count_are_noticed(database: Database) -> None:
    """A clock that was set back: the failure seems to lie in the future."""
    take(database, signal(seconds=5000), seconds=0)
    found = run(database, 1000, evidence(10, 1000))
    assert found.counts[Discrepancy.OPEN_WITHOUT_REASON] == 1


def test_a_failure_whose_ticket_was_lost_is_told_anew(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(1))
    bad = evidence(0, 200, Health.CRITICAL)
    assert run(database, 200, bad).counts[Discrepancy.FAILING_WITHOUT_TICKET] == 1
    pump(database, 201)
    assert (ticket(database).state, ticket(database).reopen_count) == ("new", 1)
    assert run(database, 202, bad).is_clean


def test_the_same_failure_is_not_told_twice_while_it_awaits_its_decision(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(1))
    for second in (200, 201):
        run(database, second, evidence(0, second, Health.CRITICAL))
    with database.reading() as session:
        assert len(inbox.pending(session)) == 1


def test_a_failure_just_after_a_persons_resolution_gets_a_second_look(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(190))
    assert run(database, 200, evidence(0, 200, Health.CRITICAL)).is_clean


@pytest.mark.parametrize("code", ["duplicate", "not_an_incident"])
def test_a_persons_judgement_stands_while_the_failure_lasts(database: Database, code: str) -> None:
    take(database, signal())
    with database.writing() as session:
        people.cancel(session, "INC-1001", Resolution(code=code), who="ana", now=at(1))
    assert run(database, 900, evidence(0, 900, Health.CRITICAL)).is_clean


def test_one_bad_sample_is_no_lost_ticket(database: Database) -> None:
    take(database, signal())
    review(database, "INC-1001", evidence(5, 9))
    mixed = replace(evidence(200, 200, Health.CRITICAL), samples=(*evidence(198, 199).samples,))
    assert run(database, 200, mixed).is_clean


def test_blindness_without_a_ticket_is_told_anew(database: Database) -> None:
    take(database, signal(SignalKind.BLIND))
    with database.writing() as session:
        people.resolve(session, "INC-1001", Resolution(), who="ana", now=at(1))
    dark = evidence(0, 200, Health.UNKNOWN)
    assert run(database, 200, dark).counts[Discrepancy.FAILING_WITHOUT_TICKET] == 1
    pump(database, 201)
    assert run(database, 202, dark).is_clean


def test_an_event_that_nobody_decides_is_noticed(database: Database) -> None:
    with database.writing() as session:
        inbox.accept(session, signal(), at(0))
    assert run(database, 60).is_clean
    assert run(database, 180).counts[Discrepancy.UNDECIDED] == 1


def test_a_hold_ends_on_its_day(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.hold(session, "INC-1001", Hold(reason="scheduled", until=at(60)), who="ana", now=at(1))
    run(database, 61, evidence(0, 61, Health.CRITICAL))
    assert ticket(database).state == "new"


def test_unsent_text_that_no_page_renews_is_forgotten(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.draft(session, "INC-1001", at(30), who="ana", now=at(1))
    run(database, 31, evidence(0, 31, Health.CRITICAL))
    assert ticket(database).drafting_until is None


def test_it_names_the_monitors_it_needs_to_see(database: Database) -> None:
    take(database, signal())
    take(database, signal(seconds=1, monitor="own-port", parents=("shop-web",)))
    take(database, signal(monitor="lost"))
    with database.writing() as session:
        people.cancel(session, "INC-1002", Resolution(code="duplicate"), who="ana", now=at(1))
        assert reconcile.monitors_to_look_at(session) == {"shop-web", "own-port", "lost"}
