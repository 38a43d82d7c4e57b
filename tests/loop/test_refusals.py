"""Refusals are counted by occasions, however often a guard is asked on one."""

from dataclasses import replace
from datetime import timedelta

from tests.loop.workshop import Workshop


def test_a_refusal_that_goes_on_counts_once_and_is_said_once(workshop: Workshop) -> None:
    trigger = workshop.incident()
    runbook = workshop.runbook(workshop.restart, trust="observe")
    for _ in range(5):
        assert workshop.repair.consider(workshop.again(trigger), runbook) is None
        workshop.clock.advance(11)
    (refusal,) = workshop.refusals(trigger)
    assert (refusal.guard, refusal.count) == ("trust", 1)
    assert refusal.last_at == workshop.clock.now() - timedelta(seconds=11)
    assert workshop.timeline(trigger).count("remediation_refused") == 1


def test_a_refusal_counts_once_for_each_worker_that_asks_and_hears_the_same(workshop: Workshop) -> None:
    trigger, runbook = workshop.incident(), workshop.runbook(workshop.restart, trust="observe")
    workshop.repair.consider(trigger, runbook)
    workshop.clock.advance(1)
    workshop.worker("the relief").consider(workshop.again(trigger), runbook)
    assert [refusal.count for refusal in workshop.refusals(trigger)] == [1]


def test_a_cooldown_counts_once_after_each_attempt(workshop: Workshop) -> None:
    limits = "{cooldown: 30s, attempts: {max: 9, per: incident}}"
    trigger, runbook = workshop.incident(), workshop.runbook(workshop.futile, limits=limits)
    for _ in range(3):
        workshop.heal(workshop.again(trigger), runbook)
        for _ in range(2):
            assert workshop.repair.consider(workshop.again(trigger), runbook) is None
            workshop.clock.advance(15)
    assert [(refusal.guard, refusal.count) for refusal in workshop.refusals(trigger)] == [("cooldown", 3)]


def test_two_guards_that_refuse_by_turns_count_each_turn(workshop: Workshop) -> None:
    trigger, runbook = workshop.incident(), workshop.runbook(workshop.restart, trust="observe")
    for is_held in (False, True, True, False, False):
        workshop.repair.consider(replace(workshop.again(trigger), is_person_at_work=is_held), runbook)
        workshop.clock.advance(1)
    assert {refusal.guard: refusal.count for refusal in workshop.refusals(trigger)} == {"trust": 2, "person": 1}


def test_a_new_failure_of_the_same_incident_is_a_new_occasion(workshop: Workshop) -> None:
    trigger, runbook = workshop.incident(), workshop.runbook(workshop.restart, trust="observe")
    workshop.repair.consider(trigger, runbook)
    workshop.clock.advance(60)
    workshop.repair.consider(replace(workshop.again(trigger), since=workshop.clock.now()), runbook)
    assert [refusal.count for refusal in workshop.refusals(trigger)] == [2]
