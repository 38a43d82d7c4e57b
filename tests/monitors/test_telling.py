"""What the desk is told: every fact once, nothing that is not so, across restarts and parents' failures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitors.parents import hold_s, look_at, settling_s
from monitors.state import MonitorState
from monitors.telling import retire, tell
from tests.monitors.desk import CHILD, PROBLEM, RECOVERED, ROUTER, Desk
from tests.monitors.making import CRITICAL, OK, UNKNOWN, after, fresh, monitor, step
from watchdesk.health import StateType
from watchdesk.signals import SignalKind


def instant(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def test_a_steady_monitor_has_nothing_to_tell() -> None:
    assert Desk().results("OOOOO").facts == []


def test_a_problem_is_told_when_it_is_confirmed_and_only_once() -> None:
    assert Desk().results("O CC").facts == []
    assert Desk().results("O CCC").facts == ["problem critical"]
    assert Desk().results("O CCCCCC").facts == ["problem critical"]


def test_a_recovery_is_told_once_and_only_after_a_told_problem() -> None:
    assert Desk().results("O CC OOO").facts == []
    assert Desk().results("O CCC OOO").facts == ["problem critical", "recovered ok"]


def test_a_change_of_severity_is_told() -> None:
    assert Desk().results("O WWW C W").facts == ["problem warning", "problem critical", "problem warning"]


def test_a_signal_carries_what_people_need() -> None:
    desk = Desk(monitor(runbook="restart-shop", item="web-1")).results("O CCC O")
    problem, recovery = desk.signals
    assert (problem.fingerprint, problem.runbook, problem.item) == ("monitor/shop-web", "restart-shop", "web-1")
    assert (problem.since, problem.observed_at) == (instant(120), instant(240))
    assert (recovery.since, recovery.observed_at) == (instant(120), instant(300))
    assert (problem.summary, problem.service, problem.every) == ("is critical", "shop", timedelta(minutes=1))
    assert (problem.definition, problem.definition_version) == ("monitors/shop.yaml:3:1", "v1")


def test_an_event_has_the_same_id_when_it_is_told_again_after_a_crash() -> None:
    before = Desk().results("O CC").state
    confirmed = step(monitor(), before, CRITICAL, 240.0)
    first, again = (tell(monitor(), confirmed, {}, now).signals for now in (240.0, 900.0))
    assert [signal.event_id for signal in first] == [signal.event_id for signal in again]
    assert len(first) == 1


def test_what_was_told_is_not_told_again_from_the_stored_state() -> None:
    desk = Desk().results("O CCC")
    assert tell(monitor(), replace(desk.state), {}, 1000.0).signals == ()


def test_unknown_neither_recovers_nor_raises_a_problem() -> None:
    quiet = monitor(unknown_hold=timedelta(hours=1))
    assert Desk(quiet).results("O CCC UUU").facts == ["problem critical"]
    assert Desk(quiet).results("O CCC UUU CC").facts == ["problem critical"]
    assert Desk(quiet).results("O CCC UUU OO").facts == ["problem critical", "recovered ok"]
    assert Desk(quiet).results("O UUU OOO").facts == []


def test_a_monitor_that_sees_nothing_for_long_enough_is_blind_and_sees_again() -> None:
    desk = Desk(monitor(runbook="restart-shop"))
    assert desk.results("O UUUUU").facts == []  # five minutes begin with the first
    assert desk.results("UUU").facts == ["blind unknown"]
    assert desk.results("OO").facts == ["blind unknown", "seeing ok"]
    blind, seeing = desk.signals
    assert blind.fingerprint == seeing.fingerprint == "blind/shop-web"
    assert blind.runbook is None
    assert blind.since == instant(120)


def test_blindness_is_told_by_time_alone() -> None:
    desk = Desk().results("O U")
    assert desk.tell(120 + 299).signals == ()
    assert [signal.kind for signal in desk.tell(120 + 300).signals] == [SignalKind.BLIND]


def test_a_blind_monitor_that_finds_a_problem_tells_both() -> None:
    assert Desk().results("O UUUUUUU C").facts == ["blind unknown", "seeing critical", "problem critical"]


def test_flapping_keeps_one_story_until_it_ends() -> None:
    desk = Desk(monitor(attempts=1)).results("OOOOO" + "CO" * 10)
    kinds = [signal.kind for signal in desk.signals]
    assert kinds.count(SignalKind.FLAPPING) == 1
    told_before = len(desk.signals)
    desk.results("COCOCO")
    assert len(desk.signals) == told_before
    desk.results("O" * 20)
    assert [signal.kind for signal in desk.signals[told_before:]] == [SignalKind.STEADY, RECOVERED]


def test_when_flapping_ends_in_a_failure_the_problem_is_told_then() -> None:
    desk = Desk(monitor(attempts=10)).results("O" * 5 + "CO" * 10)
    assert desk.facts == ["flapping critical"]
    desk.results("C" * 20)
    assert [signal.kind for signal in desk.signals] == [SignalKind.FLAPPING, PROBLEM, SignalKind.STEADY]


def test_a_failure_that_lasts_breaks_through_flapping() -> None:
    desk = Desk(monitor(attempts=2)).results("O" * 5 + "CO" * 10)
    assert desk.facts == ["flapping critical"]
    desk.results("CC")
    assert desk.facts == ["flapping critical"]
    desk.results("C")
    assert desk.state.is_flapping
    assert desk.facts == ["flapping critical", "problem critical"]


def test_a_retired_monitor_is_told_of_only_when_the_desk_knows_of_a_problem() -> None:
    assert retire(monitor(), Desk().results("OO").state).signals == ()
    gone = retire(monitor(), Desk().results("O CCC").state)
    assert [signal.kind for signal in gone.signals] == [SignalKind.RETIRED]
    assert retire(monitor(), gone.state).signals == ()


def child(parent: MonitorState | None, at: float = 1000.0) -> Desk:
    """A child that was fine until just before `at`, and its parent as it stands."""
    begun = step(CHILD, fresh("shop-db"), OK, at - 60)
    return Desk(CHILD, begun, {} if parent is None else {"router": parent}, at=at - 60)


def router(letters: str, last: float) -> MonitorState:
    """The parent after results a minute apart, the last of them at the instant `last`."""
    state = after(letters, ROUTER, begin=last - 60.0 * (len(letters) - 1))
    return replace(state, told="problem:critical") if state.state_type is StateType.HARD and "C" in letters else state


def test_a_childs_failure_waits_until_its_parent_was_looked_at_again() -> None:
    desk = child(router("OO", last=990))
    first = desk.result("C", at=1000)
    assert (first.signals, first.confirm) == ((), ("router",))
    assert first.state.held_since == 1000
    desk.parents["router"] = step(ROUTER, desk.parents["router"], OK, 1000.5)
    second = desk.tell(1001)
    assert [(signal.kind, signal.parents) for signal in second.signals] == [(PROBLEM, ())]
    assert second.state.held_since is None


def test_a_child_of_a_failed_parent_is_put_to_its_incident() -> None:
    desk = child(router("OCC", last=990))
    telling = desk.result("C", at=1000)
    assert [(signal.kind, signal.parents) for signal in telling.signals] == [(PROBLEM, ("router",))]
    assert telling.confirm == ()
    assert desk.results("CCC").facts == ["problem critical"]


def test_a_parent_that_is_still_being_confirmed_is_waited_for_without_being_hurried() -> None:
    desk = child(router("OC", last=1000.2))
    first = desk.result("C", at=1000)
    assert (first.signals, first.confirm) == ((), ())
    desk.parents["router"] = replace(step(ROUTER, desk.parents["router"], CRITICAL, 1020), told="problem:critical")
    assert [signal.parents for signal in desk.tell(1021).signals] == [("router",)]


def test_a_parent_that_waits_for_its_own_parents_is_waited_for() -> None:
    waiting = replace(router("OCC", last=1000.5), held_since=1000.6, told="")
    desk = child(waiting)
    assert desk.result("C", at=1000).signals == ()
    assert desk.state.held_since == 1000


def test_a_parent_that_nobody_looks_at_holds_a_child_only_for_so_long() -> None:
    desk = child(None)
    desk.result("C", at=1000)
    wait = hold_s(CHILD, look_at(CHILD, 1000, {}, 1000))
    assert desk.tell(1000 + wait - 1).signals == ()
    assert [(signal.kind, signal.parents) for signal in desk.tell(1000 + wait).signals] == [(PROBLEM, ())]


def test_a_child_that_recovers_while_held_leaves_no_trace() -> None:
    desk = child(None)
    desk.result("C", at=1000)
    telling = desk.result("O", at=1010)
    assert (telling.signals, telling.state.held_since, telling.state.problem_since) == ((), None, None)
    assert desk.facts == []


def test_the_root_cause_comes_first_among_failed_parents() -> None:
    grandparent = replace(after("CC", monitor(id="core", attempts=1)), told="problem:critical")
    desk = child(router("OCC", last=990))
    desk.parents = {"core": grandparent, **desk.parents}
    assert [signal.parents for signal in desk.result("C", at=1000).signals] == [("core", "router")]


def recovered_router(at: float) -> MonitorState:
    return replace(after("CCO", ROUTER, begin=at - 120), told="")


def test_children_recover_quietly_after_their_parent() -> None:
    desk = child(router("OCC", last=990))
    desk.result("C", at=1000)
    desk.parents["router"] = recovered_router(1050)
    assert desk.result("C", at=1060).signals == ()
    (recovery,) = desk.result("O", at=1120).signals
    assert (recovery.kind, recovery.parents) == (RECOVERED, ("router",))


def test_a_child_that_begins_to_fail_while_its_parent_settles_is_given_time() -> None:
    desk = child(recovered_router(990))
    desk.result("C", at=1000)
    desk.parents["router"] = step(ROUTER, desk.parents["router"], OK, 1001)
    assert desk.tell(1001).signals == ()
    assert desk.result("O", at=1060).signals == ()


def test_a_child_that_stays_down_after_its_parent_has_settled_has_a_fault_of_its_own() -> None:
    desk = child(router("OCC", last=990))
    desk.result("C", at=1000)
    desk.parents["router"] = recovered_router(1050)
    settled = 1050 + settling_s(CHILD)
    assert desk.tell(settled - 1).signals == ()
    (problem,) = desk.tell(settled).signals
    assert (problem.kind, problem.parents) == (PROBLEM, ())
    assert len({signal.event_id for signal in desk.signals}) == 2


def test_a_blind_child_of_a_failed_parent_is_not_an_incident_of_its_own() -> None:
    desk = child(router("OCC", last=990))
    desk.results("UUUUUUUU")
    assert desk.facts == []
    desk.parents["router"] = after("O", ROUTER, begin=3000)
    assert [signal.kind for signal in desk.tell(3001).signals] == [SignalKind.BLIND]


def test_a_flapping_child_of_a_parent_not_proven_healthy_stays_quiet() -> None:
    desk = child(router("OC", last=990))
    desk.subject = replace(CHILD, attempts=10)
    desk.results("CO" * 10)
    assert desk.state.is_flapping
    assert desk.facts == []


def test_unknown_is_never_taken_for_a_failed_parent() -> None:
    desk = child(router("OUU", last=1000.5))
    telling = desk.result("C", at=1000)
    assert [(signal.kind, signal.parents) for signal in telling.signals] == [(PROBLEM, ())]
    assert desk.parents["router"].health is UNKNOWN
