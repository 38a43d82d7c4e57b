"""The machine resolves with proof only, and says what proved it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.ticketing.stage import (
    SECOND,
    at,
    desk,
    evidence,
    kinds,
    remediation,
    review,
    sample,
    signal,
    take,
    ticket,
)
from ticketing import queries, recovery, remediations
from ticketing.decision import Outcome
from ticketing.tables import Evidence, OutboxMessage
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import RecoveryEvidence, RemediationState, ResolvePolicy, SignalKind


def test_enough_good_samples_over_the_grace_resolve(database: Database) -> None:
    take(database, signal(seconds=0))
    assert review(database, "INC-1001", evidence(5, 6)).outcome is Outcome.RECOVERING
    assert ticket(database).state == "recovering"
    assert review(database, "INC-1001", evidence(5, 7)).outcome is Outcome.RESOLVED
    found = ticket(database)
    assert (found.state, found.resolution_code, found.resolved_by_kind) == (
        "resolved",
        "recovered_no_action",
        "machine",
    )
    assert (found.recovered_at, found.resolved_at) == (at(5), at(7))


def test_the_proving_samples_are_kept_and_told_outside(database: Database) -> None:
    take(database, signal(seconds=0))
    review(database, "INC-1001", evidence(5, 7))
    with database.reading() as session:
        kept = session.scalars(select(Evidence).order_by(Evidence.id)).all()[-1]
        assert (kept.phase, [one["health"] for one in kept.samples]) == ("resolution", ["ok", "ok", "ok"])
        assert kept.facts["ok_streak"] == 3
        assert session.scalars(select(OutboxMessage.op).order_by(OutboxMessage.seq)).all() == ["open", "resolve"]


def test_few_samples_do_not_resolve_however_long_they_span(database: Database) -> None:
    take(database, signal())
    sparse = replace(evidence(5, 60), ok_streak=2)
    assert review(database, "INC-1001", sparse).outcome is Outcome.RECOVERING


def test_many_samples_do_not_resolve_before_the_grace_is_over(database: Database) -> None:
    take(database, signal())
    dense = replace(evidence(5, 6.5), ok_streak=40)
    assert review(database, "INC-1001", dense).outcome is Outcome.RECOVERING


def test_silence_after_a_good_sample_resolves_nothing(database: Database) -> None:
    take(database, signal())
    review(database, "INC-1001", evidence(5, 5))
    assert review(database, "INC-1001", evidence(5, 5), seconds=40).outcome is Outcome.RECOVERING
    assert review(database, "INC-1001", evidence(5, 5), seconds=400).outcome is Outcome.BLIND


def test_good_samples_from_before_the_failure_prove_nothing(database: Database) -> None:
    take(database, signal(seconds=10))
    assert review(database, "INC-1001", evidence(0, 9), seconds=12).outcome is Outcome.FAILING


def test_samples_that_contradict_the_streak_prove_nothing(database: Database) -> None:
    take(database, signal())
    torn = replace(evidence(5, 9), samples=(sample(7, Health.CRITICAL), sample(8), sample(9)))
    assert review(database, "INC-1001", torn).outcome is Outcome.FAILING


@pytest.mark.parametrize("health", [Health.WARNING, Health.CRITICAL])
def test_failing_again_during_the_grace_goes_back(database: Database, health: Health) -> None:
    take(database, signal())
    review(database, "INC-1001", evidence(5, 6))
    review(database, "INC-1001", evidence(7, 7, health))
    found = ticket(database)
    assert (found.state, found.recovered_at) == ("new", None)
    with database.reading() as session:
        assert kinds(session, found) == ["opened", "recovering", "failed_again"]


def test_the_word_of_recovery_begins_the_grace_and_does_not_resolve(database: Database) -> None:
    take(database, signal())
    assert take(database, signal(SignalKind.RECOVERED, seconds=5)).outcome is Outcome.RECOVERING
    assert ticket(database).state == "recovering"


def test_a_look_that_finds_nothing_new_writes_nothing(database: Database) -> None:
    take(database, signal())
    review(database, "INC-1001", evidence(5, 6))
    before = ticket(database).version
    review(database, "INC-1001", evidence(5, 6))
    assert ticket(database).version == before


def test_unknown_pauses_resolution_with_one_annotation(database: Database) -> None:
    take(database, signal())
    review(database, "INC-1001", evidence(5, 6))
    for second in (8, 9, 10):
        decision = review(database, "INC-1001", evidence(8, second, Health.UNKNOWN))
        assert decision.outcome is Outcome.BLIND
    found = ticket(database)
    assert (found.state, found.blind_since) == ("new", at(8))
    with database.reading() as session:
        assert kinds(session, found) == ["opened", "recovering", "blind"]


def test_the_grace_begins_anew_after_blindness(database: Database) -> None:
    take(database, signal())
    review(database, "INC-1001", evidence(5, 6, Health.UNKNOWN))
    assert review(database, "INC-1001", evidence(20, 21)).outcome is Outcome.RECOVERING
    assert review(database, "INC-1001", evidence(20, 22)).outcome is Outcome.RESOLVED


def test_a_streak_that_spans_a_silence_counts_from_the_end_of_the_silence(database: Database) -> None:
    take(database, signal(resolve=ResolvePolicy(after=3, grace=10 * SECOND, reopen_within=timedelta(0))))
    review(database, "INC-1001", replace(evidence(5, 6), is_stale=True), seconds=100)
    assert ticket(database).blind_since == at(6)
    assert review(database, "INC-1001", evidence(5, 101)).outcome is Outcome.RECOVERING
    assert review(database, "INC-1001", evidence(5, 110)).outcome is Outcome.RECOVERING
    assert review(database, "INC-1001", evidence(5, 111)).outcome is Outcome.RESOLVED


def test_a_silence_between_good_samples_breaks_their_row_though_nobody_noticed_it(database: Database) -> None:
    take(database, signal())
    shown = replace(evidence(5, 300), ok_streak=4, samples=(sample(5), sample(6), sample(299), sample(300)))
    assert review(database, "INC-1001", shown).outcome is Outcome.RECOVERING
    assert review(database, "INC-1001", evidence(299, 301)).outcome is Outcome.RESOLVED


def test_after_a_silence_only_the_samples_that_came_are_counted(database: Database) -> None:
    """Half of them were lost: the rhythm would have allowed for five."""
    take(database, signal())
    review(database, "INC-1001", replace(evidence(5, 6), is_stale=True), seconds=40)
    review(database, "INC-1001", replace(evidence(5, 41), ok_streak=3))
    sparse = replace(evidence(5, 49), ok_streak=4, samples=(sample(5), sample(6), sample(41), sample(49)))
    assert review(database, "INC-1001", sparse).outcome is Outcome.RECOVERING


def test_a_paused_monitor_proves_nothing(database: Database) -> None:
    take(database, signal())
    assert review(database, "INC-1001", evidence(5, 9, is_paused=True)).outcome is Outcome.PAUSED


def test_flapping_holds_one_ticket_open(database: Database) -> None:
    take(database, signal())
    assert take(database, signal(SignalKind.FLAPPING, seconds=1)).outcome is Outcome.FLAPPING
    assert take(database, signal(SignalKind.RECOVERED, seconds=2)).outcome is Outcome.FLAPPING
    take(database, signal(seconds=3))
    assert review(database, "INC-1001", evidence(5, 90, is_flapping=True)).outcome is Outcome.FLAPPING
    take(database, signal(SignalKind.STEADY, seconds=91))
    assert review(database, "INC-1001", evidence(5, 92)).outcome is Outcome.RESOLVED
    with database.reading() as session:
        assert queries.count_tickets(session) == 1


def test_flapping_that_ended_without_a_word_is_seen_to_be_over(database: Database) -> None:
    take(database, signal())
    review(database, "INC-1001", evidence(3, 4, is_flapping=True))
    assert ticket(database).flapping_since is not None
    assert review(database, "INC-1001", evidence(5, 20)).outcome is Outcome.RESOLVED


def test_flapping_that_fails_without_a_ticket_opens_one(database: Database) -> None:
    assert take(database, signal(SignalKind.FLAPPING)).outcome is Outcome.FLAPPING
    assert ticket(database).flapping_since == at(0)


def test_flapping_that_is_well_at_the_moment_opens_none(database: Database) -> None:
    assert take(database, signal(SignalKind.FLAPPING, health=Health.OK)).outcome is Outcome.NO_TICKET


def test_a_verified_remediation_after_the_failure_gives_the_code(database: Database) -> None:
    take(database, signal(seconds=0))
    _remediate(database, RemediationState.SUCCEEDED, ended=4)
    review(database, "INC-1001", evidence(3, 6))
    assert ticket(database).resolution_code == "fixed_by_runbook"


@pytest.mark.parametrize("state", [RemediationState.FAILED, RemediationState.ESCALATED, RemediationState.UNKNOWN])
def test_a_remediation_that_did_not_succeed_takes_no_credit(database: Database, state: RemediationState) -> None:
    take(database, signal(seconds=0))
    _remediate(database, state, ended=4)
    review(database, "INC-1001", evidence(3, 6))
    assert ticket(database).resolution_code == "recovered_no_action"


def test_a_remediation_before_the_last_failure_takes_no_credit(database: Database) -> None:
    take(database, signal(seconds=0))
    _remediate(database, RemediationState.SUCCEEDED, ended=4)
    take(database, signal(seconds=10))
    review(database, "INC-1001", evidence(12, 15))
    assert ticket(database).resolution_code == "recovered_no_action"


def test_a_running_remediation_is_waited_for(database: Database) -> None:
    take(database, signal(seconds=0))
    with database.writing() as session:
        remediations.started(
            session, ticket(database).id, remediation(ticket(database), RemediationState.RUNNING), at(1)
        )
    assert review(database, "INC-1001", evidence(3, 30)).outcome is Outcome.REMEDIATING
    assert ticket(database).state == "remediating"


def test_a_monitor_that_is_gone_resolves_as_retired(database: Database) -> None:
    take(database, signal())
    gone = evidence(5, 5, exists=False)
    assert review(database, "INC-1001", gone).outcome is Outcome.RESOLVED
    assert ticket(database).resolution_code == "target_retired"


def test_a_retired_signal_resolves_its_open_incident(database: Database) -> None:
    take(database, signal())
    take(database, signal(SignalKind.RETIRED, seconds=5))
    assert ticket(database).resolution_code == "target_retired"


def test_blindness_has_a_ticket_of_its_own_without_a_runbook(database: Database) -> None:
    take(database, signal(SignalKind.BLIND))
    found = ticket(database)
    assert (found.fingerprint, found.runbook, found.kind) == ("blind/shop-web", None, "incident")


@pytest.mark.parametrize("health", [Health.OK, Health.WARNING, Health.CRITICAL])
def test_any_fresh_known_verdict_ends_blindness(database: Database, health: Health) -> None:
    take(database, signal(SignalKind.BLIND))
    assert review(database, "INC-1001", evidence(0, 3, Health.UNKNOWN)).outcome is Outcome.BLIND
    assert review(database, "INC-1001", evidence(5, 5, health)).outcome is Outcome.RESOLVED


def test_seeing_resolves_blindness_at_once(database: Database) -> None:
    take(database, signal(SignalKind.BLIND))
    take(database, signal(SignalKind.SEEING, seconds=5))
    assert ticket(database).state == "resolved"


def test_stale_samples_do_not_end_blindness(database: Database) -> None:
    take(database, signal(SignalKind.BLIND, seconds=5))
    assert review(database, "INC-1001", evidence(0, 3), seconds=6).outcome is Outcome.BLIND
    assert review(database, "INC-1001", evidence(6, 7, is_stale=True)).outcome is Outcome.BLIND


def test_the_policy_of_the_opening_holds_to_the_end(database: Database) -> None:
    take(database, signal(resolve=ResolvePolicy(after=3, grace=60 * SECOND, reopen_within=timedelta(0))))
    take(database, signal(seconds=1, resolve=ResolvePolicy(after=1, grace=timedelta(0), reopen_within=timedelta(0))))
    assert review(database, "INC-1001", evidence(5, 50)).outcome is Outcome.RECOVERING


@pytest.mark.parametrize(
    "shown",
    [
        evidence(5, 5),
        evidence(5, 9),
        evidence(0, 9, Health.CRITICAL),
        evidence(5, 9, Health.UNKNOWN),
        evidence(5, 9, is_flapping=True),
        evidence(5, 9, is_paused=True),
        evidence(5, 9, exists=False),
    ],
)
def test_the_quick_look_says_whether_a_review_would_write(database: Database, shown: RecoveryEvidence) -> None:
    take(database, signal())
    for _ in range(2):
        with database.reading() as session:
            (incident,) = queries.open_incidents(session) or (None,)
        if incident is None:
            return
        before = ticket(database).version
        says = recovery.has_something_to_say(incident, shown)
        review(database, "INC-1001", shown)
        assert says == (ticket(database).version != before)


def _remediate(database: Database, state: RemediationState, ended: float) -> None:
    found = ticket(database)
    with database.writing() as session:
        remediations.started(session, found.id, remediation(found, RemediationState.RUNNING), at(1))
        remediations.finished(session, found.id, remediation(found, state, ended), at(ended))


def test_the_desk_needs_no_eyes_to_review(database: Database) -> None:
    take(database, signal())
    assert review(database, "INC-1001", evidence(5, 9), at_desk=desk()).outcome is Outcome.RESOLVED
