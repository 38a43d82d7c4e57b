"""Each guard alone: it refuses its own scenario, the table refuses it by that guard, and without it nobody would."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy.exc import IntegrityError

from loop.gatekeeper import with_plan
from runbooks import inventory, journal, proposal, stops
from runbooks.escalations import escalate_once
from runbooks.guard_table import GUARDS
from runbooks.guards import Denial, Request, judge
from runbooks.journal import Start, Worker
from runbooks.model import Runbook
from runbooks.params import Values
from runbooks.tables import RemediationRow
from tests.loop.workshop import Workshop, item, service
from watchdesk import maintenance
from watchdesk.calendars import Calendars
from watchdesk.catalogue import Catalogue
from watchdesk.health import Health
from watchdesk.maintenance import Declaration
from watchdesk.processes import this_process
from watchdesk.windows import Recurrence, Window, WindowKind

NUMBERS = count()
Scenario = Callable[[Workshop], Request]
STEP = '  - id: restart\n    run: {argv: ["true"]}\n    effect: repeatable\n'


def request(workshop: Workshop, runbook: Runbook | None = None, **changed: object) -> Request:
    """A request that nobody refuses, unless it is changed."""
    found = Request(
        trigger=workshop.incident(f"{next(NUMBERS)}", **changed),
        runbook=runbook or workshop.runbook(STEP),
        catalogue=workshop.defined.catalogue,
        calendars=workshop.defined.calendars,
        now=workshop.clock.now(),
        plan=None,
    )
    return with_plan(found)[0]


def past(workshop: Workshop, made: Request, state: str, ended: timedelta = timedelta(hours=1)) -> None:
    """An earlier attempt that ended so long ago; a live one when its state is."""
    now = workshop.clock.now()
    with workshop.database.writing() as session:
        worker = Worker(name="earlier", process=this_process())
        until = now + timedelta(minutes=1)
        start = Start(request=made, values=Values(plain={}), approved_by=None, worker=worker, lease_until=until)
        row = journal.begin(session, start)
        row.state = state
        row.created_at = now - ended
        row.ended_at = None if state in {"leased", "running", "verifying"} else now - ended


def stopped(workshop: Workshop) -> Request:
    with workshop.database.writing() as session:
        stops.stop_all(session, "ana", "the vendor is at work", workshop.clock.now())
    return request(workshop)


def of_another_monitor(workshop: Workshop) -> Request:
    return request(workshop, monitor="own-port")


def unknown(workshop: Workshop) -> Request:
    return request(workshop, health=Health.UNKNOWN)


def stale(workshop: Workshop) -> Request:
    return request(workshop, observed_at=workshop.clock.now() - timedelta(minutes=6))


def of_an_undefined_service(workshop: Workshop) -> Request:
    return replace(request(workshop), catalogue=Catalogue(services={"other": service("other")}))


def without_a_value(workshop: Workshop) -> Request:
    runbook = workshop.runbook(STEP, head="params: {host: {type: host, from: address}}")
    return request(workshop, runbook)


def after_a_drop(workshop: Workshop) -> Request:
    many = {f"service-{number}": service(f"service-{number}") for number in range(9)}
    with workshop.database.writing() as session:
        inventory.remember(session, Catalogue(services=many), workshop.clock.now())
        inventory.remember(session, workshop.defined.catalogue, workshop.clock.now())
    return request(workshop)


def in_a_window(kind: WindowKind) -> Scenario:
    def make(workshop: Workshop) -> Request:
        begins = (workshop.clock.now() - timedelta(minutes=5)).replace(tzinfo=None)
        when = Recurrence(tz="UTC", first=begins, lasts=timedelta(hours=1))
        window = Window(id="CHG-412", kind=kind, services=("shop",), reason="patching", when=when)
        return replace(request(workshop), calendars=Calendars(calendars={}, windows=(window,)))

    return make


def in_a_declared_freeze(workshop: Workshop) -> Request:
    now = workshop.clock.now()
    freeze = Declaration(
        kind=WindowKind.FREEZE,
        services=("shop",),
        starts_at=now - timedelta(minutes=5),
        ends_at=now + timedelta(hours=1),
        reason="quarter end",
    )
    with workshop.database.writing() as session:
        maintenance.add(session, freeze, "ana", now - timedelta(minutes=6))
    return request(workshop)


def beside_a_person(workshop: Workshop) -> Request:
    return request(workshop, is_person_at_work=True)


def escalated(workshop: Workshop) -> Request:
    made = request(workshop)
    with workshop.database.writing() as session:
        escalate_once(session, made.trigger.ticket_id, "repair-shop", "it did not help", workshop.clock.now())
    return made


def beside_another(workshop: Workshop) -> Request:
    other = replace(workshop.runbook(STEP), id="another")
    past(workshop, request(workshop, other), "running", timedelta(seconds=5))
    workshop.clock.advance(1)
    return request(workshop)


LIMITED = "{cooldown: 0s, attempts: {max: 9, per: 1d}, concurrency: {max: 1}}"


def one_too_many(workshop: Workshop) -> Request:
    workshop.redefine(catalogue=Catalogue(services={"shop": service("shop"), "other": service("other")}))
    runbook = workshop.runbook(STEP, limits=LIMITED)
    past(workshop, request(workshop, runbook, service="other"), "verifying", timedelta(seconds=5))
    workshop.clock.advance(1)
    return request(workshop, runbook)


def in_a_second_domain(workshop: Workshop) -> Request:
    items = {"web-1": item("web-1", domain="rack-a"), "web-2": item("web-2", domain="rack-b")}
    workshop.redefine(catalogue=Catalogue(services={"shop": service("shop")}, items=items))
    runbook = workshop.runbook(STEP, limits="{concurrency: {max: 5}}")
    past(workshop, request(workshop, runbook, item="web-1"), "running", timedelta(seconds=5))
    workshop.clock.advance(1)
    return request(workshop, runbook, item="web-2")


def used_up(workshop: Workshop) -> Request:
    runbook = workshop.runbook(STEP, limits="{cooldown: 0s, attempts: {max: 2, per: incident}}")
    made = request(workshop, runbook)
    for _ in range(2):
        past(workshop, made, "failed")
    return made


def used_up_within_a_day(workshop: Workshop) -> Request:
    runbook = workshop.runbook(STEP, limits="{cooldown: 0s, attempts: {max: 2, per: 1d}}")
    for _ in range(2):
        past(workshop, request(workshop, runbook), "failed")
        workshop.clock.advance(1)
    return request(workshop, runbook)


def too_soon(workshop: Workshop) -> Request:
    runbook = workshop.runbook(STEP, limits="{cooldown: 10m}")
    past(workshop, request(workshop, runbook), "succeeded", timedelta(minutes=9))
    workshop.clock.advance(1)
    return request(workshop, runbook)


def too_often(workshop: Workshop) -> Request:
    runbook = workshop.runbook(STEP, limits="{cooldown: 0s, attempts: {max: 9}, rate: 2/10m}")
    for _ in range(2):
        past(workshop, request(workshop, runbook), "succeeded", timedelta(minutes=1))
        workshop.clock.advance(1)
    return request(workshop, runbook)


def broken(workshop: Workshop) -> Request:
    runbook = workshop.runbook(STEP, limits="{cooldown: 0s, attempts: {max: 9}, breaker: {failures: 2, open: 15m}}")
    for _ in range(2):
        past(workshop, request(workshop, runbook), "escalated", timedelta(minutes=1))
        workshop.clock.advance(1)
    return request(workshop, runbook)


def observing(workshop: Workshop) -> Request:
    return request(workshop, workshop.runbook(STEP, trust="observe"))


def unapproved(workshop: Workshop) -> Request:
    return request(workshop, workshop.runbook(STEP, trust="approve"))


SCENARIOS: list[tuple[str, Scenario]] = [
    ("kill_switch", stopped),
    ("trigger", of_another_monitor),
    ("trigger", unknown),
    ("age", stale),
    ("target", of_an_undefined_service),
    ("target", without_a_value),
    ("inventory", after_a_drop),
    ("window", in_a_window(WindowKind.FREEZE)),
    ("window", in_a_window(WindowKind.MAINTENANCE)),
    ("window", in_a_declared_freeze),
    ("person", beside_a_person),
    ("escalated", escalated),
    ("exclusion", beside_another),
    ("concurrency", one_too_many),
    ("concurrency", in_a_second_domain),
    ("attempts", used_up),
    ("attempts", used_up_within_a_day),
    ("cooldown", too_soon),
    ("rate", too_often),
    ("breaker", broken),
    ("trust", observing),
    ("approval", unapproved),
]


def denial_of(workshop: Workshop, made: Request, names: set[str]) -> Denial | None:
    with workshop.database.reading() as session:
        return judge(session, made, [guard for guard in GUARDS if guard.name in names])


@pytest.mark.parametrize(("name", "scenario"), SCENARIOS)
def test_a_guard_refuses_its_scenario_and_nobody_else_would(workshop: Workshop, name: str, scenario: Scenario) -> None:
    made = scenario(workshop)
    every = {guard.name for guard in GUARDS}
    alone = denial_of(workshop, made, {name})
    assert alone is not None
    assert alone.guard == name
    assert denial_of(workshop, made, every) == alone
    assert denial_of(workshop, made, every - {name}) is None


def test_every_guard_has_a_scenario() -> None:
    assert {guard.name for guard in GUARDS} == {name for name, _ in SCENARIOS}


def test_what_no_guard_minds_may_run(workshop: Workshop) -> None:
    assert denial_of(workshop, request(workshop), {guard.name for guard in GUARDS}) is None


def test_the_schema_keeps_a_second_repair_off_a_target_even_without_its_guard(workshop: Workshop) -> None:
    past(workshop, request(workshop), "running")
    workshop.clock.advance(1)
    with pytest.raises(IntegrityError):
        past(workshop, request(workshop), "leased")


def test_a_stop_ends_at_its_expiry_and_when_it_is_lifted(workshop: Workshop) -> None:
    now: datetime = workshop.clock.now()
    with workshop.database.writing() as session:
        stops.stop_all(session, "ana", "lunch", now, until=now + timedelta(minutes=30))
        assert stops.active(session, now + timedelta(minutes=29)) is not None
        assert stops.active(session, now + timedelta(minutes=30)) is None
        stops.stop_all(session, "ben", "a bad release", now)
        assert stops.resume(session, "ben", now) == 2
        assert stops.active(session, now) is None


def test_a_drop_of_the_inventory_is_believed_after_an_hour_or_when_accepted(workshop: Workshop) -> None:
    made = after_a_drop(workshop)
    assert denial_of(workshop, made, {"inventory"}) is not None
    late = replace(made, now=made.now + timedelta(hours=1))
    assert denial_of(workshop, late, {"inventory"}) is None
    with workshop.database.writing() as session:
        inventory.accept(session, made.catalogue, "ana")
    assert denial_of(workshop, made, {"inventory"}) is None


def test_a_breaker_closes_again_after_its_time_and_after_a_success(workshop: Workshop) -> None:
    made = broken(workshop)
    later = replace(made, now=made.now + timedelta(minutes=15))
    assert denial_of(workshop, later, {"breaker"}) is None
    past(workshop, request(workshop, made.runbook), "succeeded", timedelta(0))
    assert denial_of(workshop, made, {"breaker"}) is None


def test_failed_attempts_of_one_incident_count_once_for_the_breaker(workshop: Workshop) -> None:
    runbook = workshop.runbook(STEP, limits="{cooldown: 0s, breaker: {failures: 2, open: 15m}}")
    made = request(workshop, runbook)
    for _ in range(3):
        past(workshop, made, "failed", timedelta(minutes=1))
    workshop.clock.advance(1)
    assert denial_of(workshop, request(workshop, runbook), {"breaker"}) is None


@pytest.mark.parametrize(("items", "allowed"), [(4, 1), (5, 1), (10, 2), (100, 20)])
def test_a_share_counts_the_items_from_five_on(workshop: Workshop, items: int, allowed: int) -> None:
    many = {f"web-{number}": item(f"web-{number}") for number in range(items)}
    workshop.redefine(catalogue=Catalogue(services={"shop": service("shop")}, items=many))
    limits = '{cooldown: 0s, attempts: {max: 99}, rate: 999/1m, concurrency: {max: "20%"}}'
    runbook = workshop.runbook(STEP, limits=limits)
    for number in range(allowed):
        assert denial_of(workshop, request(workshop, runbook, item=f"web-{number}"), {"concurrency"}) is None
        past(workshop, request(workshop, runbook, item=f"web-{number}", monitor="shop-web"), "running", timedelta(0))
        workshop.clock.advance(1)
    assert denial_of(workshop, request(workshop, runbook, item="web-3"), {"concurrency"}) is not None


def test_an_approval_of_another_plan_does_not_help(workshop: Workshop) -> None:
    made = unapproved(workshop)
    other = request(workshop, workshop.runbook(STEP.replace("true", "false"), trust="approve"))
    assert other.plan is not None
    with workshop.database.writing() as session:
        stored = proposal.propose(session, made.trigger, other.plan, made.now, timedelta(minutes=30))
        assert stored is not None
        proposal.decide(session, stored, proposal.APPROVED, "ana", made.now)
    assert denial_of(workshop, made, {"approval"}) is not None


def test_no_refusal_leaves_a_remediation_behind(workshop: Workshop) -> None:
    trigger = stopped(workshop).trigger
    assert workshop.repair.consider(trigger, workshop.runbook(STEP)) is None
    with workshop.database.reading() as session:
        assert session.query(RemediationRow).count() == 0
    (refusal,) = workshop.refusals(trigger)
    assert refusal.guard == "kill_switch"
    assert "ana" in refusal.reason
