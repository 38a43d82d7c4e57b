"""Accidents of others, each as the rule it taught (reference: runbooks, section 2); those about guards of today."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from runbooks import stops
from runbooks.errors import ParameterInvalid
from runbooks.model import Parameter
from runbooks.params import TYPES, check
from tests.loop.workshop import Workshop, faults_of, item, service
from watchdesk.catalogue import Catalogue
from watchdesk.health import Health
from watchdesk.signals import RemediationState

EMPTY = ["", None, "*", "?", " ", "\0", "all\n", "**", "-", "--"]


@pytest.mark.parametrize("kind", sorted(set(TYPES) - {"text", "choice"}))
@pytest.mark.parametrize("value", EMPTY)
def test_r1_an_empty_or_wildcard_target_is_refused_and_never_means_all(kind: str, value: object) -> None:
    with pytest.raises(ParameterInvalid):
        check(Parameter(name="target", type=kind), value)


def test_r1_a_trigger_without_a_target_starts_nothing(workshop: Workshop) -> None:
    for changed in ({"service": ""}, {"item": ""}, {"item": "gone"}):
        trigger = replace(workshop.incident(str(changed)), **changed)  # type: ignore[arg-type]
        assert workshop.repair.consider(trigger, workshop.runbook(workshop.restart)) is None
    assert workshop.done == 0


def test_r1_a_finished_remediation_that_is_carried_out_again_does_nothing(workshop: Workshop) -> None:
    healed = workshop.heal(workshop.incident(), workshop.runbook(workshop.restart))
    workshop.state.write_text("down")
    workshop.clock.advance(3600)
    assert workshop.worker("two").carry_out(healed.id) == healed
    assert workshop.done == 1


def test_r2_a_parameter_has_a_value_or_a_source_and_no_default() -> None:
    head = "apiVersion: watchdesk/v1\nid: x\ntitle: x\nowner: x\nrisk: 3\nmatch: {monitors: [m]}\n"
    rest = "steps: [{id: s, wait: 1s}]\nverify: {recheck: origin, within: 1s}\n"
    (missing,) = faults_of(f"{head}{rest}params:\n  host: {{type: host}}\n")
    assert "needs either 'value' (a constant) or 'from' (the trigger)" in missing
    (unknown,) = faults_of(f"{head}{rest}params:\n  host: {{type: host, default: web-1}}\n")
    assert "unknown key 'default'" in unknown


def test_r3_an_item_of_another_kind_of_name_has_no_side_effects(workshop: Workshop) -> None:
    runbook = workshop.runbook(workshop.restart, head="params: {box: {type: item, value: shop}}")
    trigger = workshop.incident()
    assert workshop.repair.consider(trigger, runbook) is None
    assert "the item 'shop' is not defined" in workshop.refusals(trigger)[0].reason
    assert workshop.done == 0


def test_r4_a_thousand_wanted_repairs_stay_within_the_share(workshop: Workshop) -> None:
    items = {f"web-{number}": item(f"web-{number}") for number in range(100)}
    workshop.redefine(catalogue=Catalogue(services={"shop": service("shop")}, items=items))
    limits = '{concurrency: {max: "5%"}, rate: 1000/1m}'
    runbook = workshop.runbook(workshop.restart, limits=limits)
    begun = [
        workshop.repair.consider(workshop.incident(name, item=name, monitor="shop-web"), runbook) for name in items
    ]
    assert sum(remediation is not None for remediation in begun) == 5


def test_r5_inventory_that_vanishes_in_the_middle_stops_the_next_effect(workshop: Workshop) -> None:
    many = {name: service(name) for name in ("shop", "a", "b", "c", "d", "e", "f", "g", "h", "i")}
    workshop.redefine(catalogue=Catalogue(services=many))
    assert workshop.repair.orphans() == []
    trigger = workshop.incident()
    remediation = workshop.repair.consider(trigger, workshop.runbook(workshop.restart))
    assert remediation is not None
    workshop.redefine(catalogue=Catalogue(services={name: many[name] for name in list(many)[:6]}))
    assert workshop.repair.carry_out(remediation).state is RemediationState.GATED
    assert workshop.guards_that_refused(trigger) == ["inventory"]
    assert workshop.done == 0


def test_r5_the_kill_switch_lives_in_the_database_with_its_owner_and_reason(workshop: Workshop) -> None:
    with workshop.database.writing() as session:
        stops.stop_all(session, "ana", "the package manager is at it", workshop.clock.now())
    trigger = workshop.incident()
    assert workshop.worker("a restarted one").consider(trigger, workshop.runbook(workshop.restart)) is None
    (refusal,) = workshop.refusals(trigger)
    assert "stopped by ana" in refusal.reason
    assert "the package manager is at it" in refusal.reason


def test_r6_what_a_person_works_on_is_left_alone(workshop: Workshop) -> None:
    trigger = replace(workshop.incident(), is_person_at_work=True)
    assert workshop.repair.consider(trigger, workshop.runbook(workshop.restart)) is None
    assert workshop.guards_that_refused(trigger) == ["person"]


def test_r8_a_plan_that_was_held_up_for_ten_minutes_makes_no_effect(workshop: Workshop) -> None:
    trigger = workshop.incident()
    remediation = workshop.repair.consider(trigger, workshop.runbook(workshop.restart))
    assert remediation is not None
    workshop.clock.advance(600)
    assert workshop.repair.carry_out(remediation).state is RemediationState.GATED
    assert workshop.guards_that_refused(trigger) == ["age"]
    assert workshop.done == 0


def test_r8_two_workers_on_one_target_make_one_effect(workshop: Workshop) -> None:
    trigger, runbook = workshop.incident(), workshop.runbook(workshop.restart)
    barrier = threading.Barrier(2)

    def compete(name: str) -> None:
        repair = workshop.worker(name)
        barrier.wait()
        remediation = repair.consider(trigger, runbook)
        if remediation is not None:
            repair.carry_out(remediation)

    threads = [threading.Thread(target=compete, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert workshop.done == 1


def test_r9_faults_in_three_failure_domains_are_repaired_in_one_at_a_time(workshop: Workshop) -> None:
    items = {name: item(name, domain=f"rack-{name}") for name in ("a", "b", "c")}
    workshop.redefine(catalogue=Catalogue(services={"shop": service("shop")}, items=items))
    runbook = workshop.runbook(workshop.restart, limits="{concurrency: {max: 9}}")
    begun = [workshop.repair.consider(workshop.incident(name, item=name), runbook) for name in items]
    assert [remediation is not None for remediation in begun] == [True, False, False]


def test_r11_a_storm_of_triggers_starts_no_more_than_the_rate(workshop: Workshop) -> None:
    items = {f"web-{number}": item(f"web-{number}") for number in range(40)}
    workshop.redefine(catalogue=Catalogue(services={"shop": service("shop")}, items=items))
    runbook = workshop.runbook(workshop.restart, limits="{concurrency: {max: 100}, rate: 7/10m}")
    begun = [workshop.repair.consider(workshop.incident(name, item=name), runbook) for name in items]
    assert sum(remediation is not None for remediation in begun) == 7


def test_r13_after_two_hours_of_standstill_no_old_trigger_is_acted_on(workshop: Workshop) -> None:
    triggers = [workshop.incident(str(number)) for number in range(3)]
    workshop.clock.advance(timedelta(hours=2))
    for trigger in triggers:
        assert workshop.repair.consider(trigger, workshop.runbook(workshop.restart)) is None
        assert workshop.guards_that_refused(trigger) == ["age"]
    assert workshop.done == 0


def test_r14_a_target_that_fails_for_ever_is_restarted_three_times_and_escalated_once(workshop: Workshop) -> None:
    runbook = workshop.runbook(workshop.futile, limits="{cooldown: 1m}")
    trigger = workshop.incident()
    for _ in range(30):
        workshop.clock.advance(timedelta(minutes=5))
        remediation = workshop.repair.consider(workshop.again(trigger), runbook)
        if remediation is not None:
            workshop.repair.carry_out(remediation)
    assert workshop.done == 3
    assert workshop.timeline(trigger).count("escalated") == 1


def test_r14_the_limit_per_time_holds_across_incidents_and_the_next_one_goes_to_people(workshop: Workshop) -> None:
    runbook = workshop.runbook(workshop.futile, limits="{cooldown: 0s, attempts: {max: 2, per: 6h}}")
    first, second = workshop.incident("1"), workshop.incident("2")
    for _ in range(2):
        workshop.heal(workshop.again(first), runbook)
    workshop.clock.advance(60)
    assert workshop.repair.consider(workshop.again(second), runbook) is None
    assert workshop.timeline(second).count("escalated") == 1
    assert workshop.done == 2


def test_r15_health_is_read_again_at_the_moment_of_the_effect(workshop: Workshop) -> None:
    for number, health in enumerate([Health.OK, Health.UNKNOWN, Health.WARNING]):
        trigger = workshop.incident(str(number))
        remediation = workshop.repair.consider(trigger, workshop.runbook(workshop.restart))
        assert remediation is not None
        workshop.eyes.forced = health
        assert workshop.repair.carry_out(remediation).state is RemediationState.GATED
        workshop.clock.advance(5)
    assert workshop.done == 0


def test_r16_a_dead_worker_is_noticed_when_its_lease_lapses_and_its_work_is_ended(workshop: Workshop) -> None:
    trigger = workshop.incident()
    remediation = workshop.worker("dead").consider(trigger, workshop.runbook(workshop.restart))
    assert remediation is not None
    assert workshop.repair.orphans() == []
    workshop.clock.advance(15)
    assert workshop.repair.orphans() == [remediation]
    assert workshop.repair.carry_out(remediation).state is RemediationState.SUCCEEDED
    assert workshop.repair.orphans() == []
