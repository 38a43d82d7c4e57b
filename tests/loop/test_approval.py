"""Approval: exactly one stored plan, by a named person, once, until it expires."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loop import approval
from runbooks import proposal
from runbooks.errors import PlanStale
from runbooks.model import Runbook, Trigger
from runbooks.proposal import Proposal
from tests.loop.workshop import Workshop
from ticketing import people
from watchdesk.errors import NotFound, Refused
from watchdesk.signals import RemediationState


@pytest.fixture
def runbook(workshop: Workshop) -> Runbook:
    """A runbook that repairs, once a person lets it."""
    found = workshop.runbook(workshop.restart, trust="approve")
    workshop.redefine(runbooks={found.id: found})
    return found


@pytest.fixture
def trigger(workshop: Workshop, runbook: Runbook) -> Trigger:
    """An incident whose plan waits."""
    made = workshop.incident()
    assert workshop.repair.consider(made, runbook) is None
    return made


def waiting(workshop: Workshop) -> tuple[Proposal, ...]:
    with workshop.database.reading() as session:
        return approval.waiting(session, workshop.clock.now())


def approve(workshop: Workshop, plan_hash: str, who: str = "ana") -> Proposal:
    now = workshop.clock.now()
    with workshop.database.writing() as session:
        planned = approval.plan_again(session, plan_hash, workshop.defined, now)
        return approval.approve(session, plan_hash, who, planned, now)


def test_an_unapproved_runbook_stores_its_plan_and_asks(workshop: Workshop, trigger: Trigger) -> None:
    (stored,) = waiting(workshop)
    assert "restart" in stored.plan
    assert workshop.guards_that_refused(trigger) == ["approval"]
    assert workshop.remediations(trigger) == ()
    assert workshop.ticket(trigger).awaiting_approval_since is not None
    assert workshop.done == 0


@pytest.mark.usefixtures("runbook")
def test_no_plan_waits_for_an_incident_that_is_over(workshop: Workshop, trigger: Trigger) -> None:
    assert len(waiting(workshop)) == 1
    now = workshop.clock.now()
    with workshop.database.writing() as session:
        people.resolve(session, trigger.ticket_number, people.Resolution(code="fixed_by_person"), who="ana", now=now)
    assert waiting(workshop) == ()


def test_a_plan_that_waits_is_not_stored_twice(workshop: Workshop, trigger: Trigger, runbook: Runbook) -> None:
    workshop.clock.advance(30)
    workshop.repair.consider(workshop.again(trigger), runbook)
    assert len(waiting(workshop)) == 1
    assert workshop.timeline(trigger).count("approval_awaited") == 1


def test_a_plan_that_waits_is_refused_once_however_long_it_waits(
    workshop: Workshop, trigger: Trigger, runbook: Runbook
) -> None:
    for _ in range(20):
        workshop.clock.advance(12)
        workshop.repair.consider(workshop.again(trigger), runbook)
    assert [(refusal.guard, refusal.count) for refusal in workshop.refusals(trigger)] == [("approval", 1)]


def test_another_plan_is_refused_anew(workshop: Workshop, trigger: Trigger) -> None:
    workshop.clock.advance(1)
    edited = workshop.runbook(workshop.restart + workshop.shell_free("pass", name="more"), trust="approve")
    workshop.repair.consider(workshop.again(trigger), edited)
    assert [(refusal.guard, refusal.count) for refusal in workshop.refusals(trigger)] == [("approval", 2)]


def test_an_approved_plan_runs_once_and_says_who_approved_it(
    workshop: Workshop, trigger: Trigger, runbook: Runbook
) -> None:
    approve(workshop, waiting(workshop)[0].hash[:12])
    assert workshop.heal(workshop.again(trigger), runbook).state is RemediationState.SUCCEEDED
    assert "'ana'" in workshop.everything_stored()
    workshop.clock.advance(60)
    assert workshop.repair.consider(workshop.again(trigger), runbook) is None
    assert workshop.done == 1


def test_the_person_who_approves_may_hold_the_ticket(workshop: Workshop, trigger: Trigger, runbook: Runbook) -> None:
    with workshop.database.writing() as session:
        people.acknowledge(session, trigger.ticket_number, who="ana", now=workshop.clock.now())
    approve(workshop, waiting(workshop)[0].hash)
    held = replace(workshop.again(trigger), is_person_at_work=True)
    assert workshop.heal(held, runbook).state is RemediationState.SUCCEEDED


def test_an_approval_expires_with_its_plan(workshop: Workshop, trigger: Trigger, runbook: Runbook) -> None:
    approve(workshop, waiting(workshop)[0].hash)
    workshop.clock.advance(timedelta(minutes=31))
    assert workshop.repair.consider(workshop.again(trigger), runbook) is None
    assert workshop.done == 0


def test_an_expired_plan_cannot_be_approved(workshop: Workshop, trigger: Trigger) -> None:
    (stored,) = waiting(workshop)
    workshop.clock.advance(timedelta(minutes=31))
    with pytest.raises(PlanStale, match="expired"):
        approve(workshop, stored.hash)
    assert trigger.ticket_id == stored.ticket_id


def test_a_plan_of_an_edited_runbook_is_stale(workshop: Workshop, trigger: Trigger) -> None:
    (stored,) = waiting(workshop)
    edited = workshop.runbook(workshop.restart + workshop.shell_free("pass", name="more"), trust="approve")
    workshop.redefine(runbooks={edited.id: edited})
    with pytest.raises(PlanStale, match="is not what would run now"):
        approve(workshop, stored.hash)
    assert workshop.repair.consider(workshop.again(trigger), edited) is None
    assert [plan.hash == stored.hash for plan in waiting(workshop)] == [False]
    with pytest.raises(PlanStale, match="was replaced"):
        approve(workshop, stored.hash)


def test_a_plan_of_a_ticket_that_is_over_is_stale(workshop: Workshop, trigger: Trigger) -> None:
    (stored,) = waiting(workshop)
    with workshop.database.writing() as session:
        drill = people.Resolution(code="not_an_incident", note="a drill")
        people.cancel(session, trigger.ticket_number, drill, who="ana", now=workshop.clock.now())
    with pytest.raises(PlanStale, match="nothing left to repair"):
        approve(workshop, stored.hash)


def test_a_declined_plan_does_not_run_and_is_not_asked_for_again(
    workshop: Workshop, trigger: Trigger, runbook: Runbook
) -> None:
    with workshop.database.writing() as session:
        approval.decline(session, waiting(workshop)[0].hash, "ben", workshop.clock.now())
    workshop.clock.advance(30)
    assert workshop.repair.consider(workshop.again(trigger), runbook) is None
    assert waiting(workshop) == ()
    assert workshop.refusals(trigger)[0].reason.endswith("was declined by ben")
    assert workshop.ticket(trigger).awaiting_approval_since is None


def test_a_plan_is_decided_once(workshop: Workshop, trigger: Trigger) -> None:
    (stored,) = waiting(workshop)
    approve(workshop, stored.hash)
    with pytest.raises(PlanStale, match="approved already by ana"):
        approve(workshop, stored.hash, "ben")
    assert trigger.ticket_number == stored.ticket_number


def test_nobody_approves_without_a_name(workshop: Workshop, trigger: Trigger) -> None:
    with pytest.raises(Refused, match="needs a name"):
        approve(workshop, waiting(workshop)[0].hash, " ")
    assert trigger


@pytest.mark.parametrize("plan_hash", ["", "abc", "%" * 10, "0" * 12])
def test_a_hash_that_names_no_plan_is_not_found(workshop: Workshop, trigger: Trigger, plan_hash: str) -> None:
    assert trigger
    with pytest.raises(NotFound):
        approve(workshop, plan_hash)


def test_a_preview_shows_the_plan_and_every_guard_and_changes_nothing(
    workshop: Workshop, trigger: Trigger, runbook: Runbook
) -> None:
    before = workshop.everything_stored()
    with workshop.database.reading() as session:
        now = workshop.clock.now()
        shown = approval.preview(session, runbook, trigger.ticket_number, workshop.defined, now)
    assert shown.plan is not None
    assert shown.plan.hash == waiting(workshop)[0].hash
    assert [name for name, denial in shown.guards if denial is not None] == ["approval"]
    assert "1. restart [repeatable] python3 " in shown.plan.to_text()
    assert workshop.everything_stored() == before


def test_a_plan_that_waits_goes_when_the_definitions_go_back_to_a_declined_one(
    workshop: Workshop, trigger: Trigger, runbook: Runbook
) -> None:
    with workshop.database.writing() as session:
        approval.decline(session, waiting(workshop)[0].hash, "ben", workshop.clock.now())
    edited = workshop.runbook(workshop.restart + workshop.shell_free("pass", name="more"), trust="approve")
    for defined in (edited, runbook):
        workshop.clock.advance(30)
        workshop.redefine(runbooks={defined.id: defined})
        workshop.repair.consider(workshop.again(trigger), defined)
    assert waiting(workshop) == ()


def test_a_plan_that_was_withdrawn_names_nobody_who_had_approved_it(workshop: Workshop, trigger: Trigger) -> None:
    (stored,) = waiting(workshop)
    approve(workshop, stored.hash)
    now = workshop.clock.now()
    with workshop.database.writing() as session:
        people.resolve(session, trigger.ticket_number, people.Resolution(code="fixed_by_person"), who="ana", now=now)
        proposal.withdraw(session, trigger.ticket_id, stored.runbook)
    with workshop.database.reading() as session, pytest.raises(PlanStale, match=r"is withdrawn already$"):
        proposal.find(session, stored.hash, now)
