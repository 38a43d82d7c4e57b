"""When monitors are due."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.monitor import Monitor
from monitors.schedule import Schedule, grid_of
from monitors.state import MonitorState
from tests.monitors.making import CRITICAL, OK, after, fresh, monitor, step
from watchdesk.health import StateType

NOW = 1_772_000_000.0
FAST = monitor(id="fast", every=timedelta(seconds=1), retry=timedelta(milliseconds=500), timeout=timedelta(seconds=1))


def steady(subject: Monitor, at: float) -> MonitorState:
    return step(subject, fresh(subject.id), OK, at)


def soft(subject: Monitor, at: float) -> MonitorState:
    return step(subject, fresh(subject.id), CRITICAL, at)


def run(schedule: Schedule, begin: float, seconds: float, pace: float = 0.1) -> dict[str, list[float]]:
    """Turns at a fixed pace, every probe answering at once; when each monitor was looked at."""
    looked: dict[str, list[float]] = {}
    for turn in range(round(seconds / pace)):
        now = begin + turn * pace
        for subject in schedule.due(now):
            looked.setdefault(subject.id, []).append(now)
            schedule.done(subject, steady(subject, now), now)
    return looked


def test_what_was_never_looked_at_is_due_at_once() -> None:
    schedule = Schedule([monitor(), FAST], {}, NOW)
    assert {subject.id for subject in schedule.due(NOW + 0.01)} == {"shop-web", "fast"}


@pytest.mark.parametrize("every_s", [1, 7, 60])
def test_a_monitor_is_looked_at_once_an_interval_and_keeps_its_times(every_s: int) -> None:
    subject = monitor(every=timedelta(seconds=every_s))
    looked = run(Schedule([subject], {}, NOW), NOW, 10 * every_s + 1)["shop-web"][1:]
    grid = grid_of(subject)
    assert len(looked) in {10, 11}
    for at in looked:
        assert (at - grid.offset_s) % every_s == pytest.approx(0, abs=0.1001)


def test_due_times_are_the_same_after_a_restart() -> None:
    subject = monitor()
    first = Schedule([subject], {"shop-web": steady(subject, NOW)}, NOW + 1).next_at
    again = Schedule([subject], {"shop-web": steady(subject, NOW)}, NOW + 2).next_at
    assert first == again
    assert NOW < first <= NOW + 60


def test_after_downtime_everything_is_caught_up_once_and_spread() -> None:
    subjects = [monitor(id=f"m{place}") for place in range(1000)]
    states = {subject.id: steady(subject, NOW - 86_400) for subject in subjects}
    schedule = Schedule(subjects, states, NOW)
    assert len(schedule.due(NOW)) == 1
    looked = run(schedule, NOW + 0.1, 59)
    assert all(len(times) <= 2 for times in looked.values())
    assert max(times[0] for times in looked.values()) <= NOW + 1.1


def test_names_are_spread_evenly_over_the_interval() -> None:
    shares = [grid_of(monitor(id=f"host-{place}")).offset_s / 60 for place in range(2000)]
    tenths = [sum(1 for share in shares if int(share * 10) == tenth) for tenth in range(10)]
    assert all(150 < count < 250 for count in tenths)


def test_a_soft_problem_is_looked_at_again_after_the_retry_interval() -> None:
    schedule = Schedule([FAST], {}, NOW)
    (subject,) = schedule.due(NOW)
    schedule.done(subject, soft(subject, NOW), NOW + 0.1)
    assert schedule.next_at == NOW + 0.5


def test_a_retry_that_is_overdue_when_the_probe_comes_back_is_due_at_once() -> None:
    schedule = Schedule([FAST], {}, NOW)
    (subject,) = schedule.due(NOW)
    schedule.done(subject, soft(subject, NOW), NOW + 0.8)
    assert schedule.next_at == NOW + 0.8


def test_a_hard_problem_keeps_to_the_interval() -> None:
    subject = monitor(attempts=1)
    schedule = Schedule([subject], {}, NOW)
    schedule.due(NOW)
    state = soft(subject, NOW)
    assert state.state_type is StateType.HARD
    schedule.done(subject, state, NOW)
    assert schedule.next_at == grid_of(subject).after(NOW)


def test_a_soft_problem_that_is_not_looked_at_does_not_turn_the_loop_hot() -> None:
    schedule = Schedule([FAST], {}, NOW)
    (subject,) = schedule.due(NOW)
    schedule.done(subject, soft(subject, NOW - 3600), NOW)
    assert schedule.next_at > NOW


def test_whoever_is_in_a_hurry_is_due_now() -> None:
    subject = monitor()
    schedule = Schedule([subject], {subject.id: steady(subject, NOW)}, NOW)
    schedule.hurry("shop-web", NOW + 1)
    schedule.hurry("nobody", NOW + 1)
    assert [found.id for found in schedule.due(NOW + 1)] == ["shop-web"]


def test_a_hurry_while_the_probe_is_under_way_is_followed_by_another_probe() -> None:
    schedule = Schedule([monitor()], {}, NOW)
    (subject,) = schedule.due(NOW)
    schedule.hurry("shop-web", NOW + 1)
    assert schedule.due(NOW + 1) == []
    schedule.done(subject, steady(subject, NOW), NOW + 2)
    assert schedule.due(NOW + 2) == [subject]
    schedule.done(subject, steady(subject, NOW + 2), NOW + 3)
    assert schedule.due(NOW + 3) == []


def test_a_probe_under_way_is_not_due_again() -> None:
    schedule = Schedule([FAST], {}, NOW)
    assert schedule.due(NOW) == [FAST]
    assert schedule.due(NOW + 1.5) == []


def test_a_result_that_never_comes_does_not_lose_the_monitor() -> None:
    schedule = Schedule([FAST], {}, NOW)
    schedule.due(NOW)
    assert schedule.due(NOW + 2.1) == [FAST]


def test_without_monitors_nothing_is_ever_due() -> None:
    schedule = Schedule([], {}, NOW)
    assert schedule.next_at == math.inf
    assert schedule.due(NOW + 1e9) == []


def test_new_definitions_keep_the_times_of_what_stays_and_forget_what_goes() -> None:
    stays, goes = monitor(id="stays"), monitor(id="goes")
    states = {name: step(monitor(id=name), fresh(name), OK, NOW) for name in ("stays", "goes")}
    schedule = Schedule([stays, goes], states, NOW)
    schedule.replace([replace(stays, title="Another title"), monitor(id="new")], NOW)
    looked = run(schedule, NOW, 60)
    assert looked["new"][0] == NOW
    assert looked["stays"] == [pytest.approx(grid_of(stays).after(NOW), abs=0.1001)]
    assert "goes" not in looked


def test_a_result_of_a_monitor_that_is_gone_is_let_pass() -> None:
    schedule = Schedule([monitor()], {}, NOW)
    (subject,) = schedule.due(NOW)
    schedule.replace([], NOW)
    schedule.done(subject, steady(subject, NOW), NOW)
    assert schedule.due(NOW + 1e6) == []


def test_a_changed_interval_counts_at_once() -> None:
    subject = monitor(every=timedelta(hours=1))
    schedule = Schedule([subject], {subject.id: steady(subject, NOW)}, NOW)
    schedule.replace([replace(subject, every=timedelta(seconds=5))], NOW)
    assert schedule.next_at <= NOW + 5


def test_a_clock_that_steps_back_leaves_nobody_waiting() -> None:
    subject = monitor()
    schedule = Schedule([subject], {}, NOW)
    run(schedule, NOW, 10)
    assert len(run(schedule, NOW - 86_400, 61)["shop-web"]) >= 1


@given(st.floats(1, 1e5), st.floats(0, 4e9), st.text(min_size=1, max_size=8))
def test_the_next_due_time_is_later_and_at_most_an_interval_away(every_s: float, now: float, name: str) -> None:
    grid = grid_of(monitor(id=name, every=timedelta(seconds=every_s)))
    following = grid.after(now)
    assert now < following <= now + grid.every_s * 1.000001 + 1e-6


@given(st.lists(st.tuples(st.sampled_from("dDhr"), st.floats(0, 5)), max_size=40))
def test_whatever_happens_every_monitor_is_looked_at_within_its_patience(steps: list[tuple[str, float]]) -> None:
    """d: results come back, D: they get lost, h: hurry, r: reload. Nothing may fall out of the schedule."""
    schedule, now, last = Schedule([FAST], {}, NOW), NOW, NOW
    for what, seconds in steps:
        now += seconds
        found = schedule.due(now)
        last = now if found else last
        if what == "d":
            for subject in found:
                schedule.done(subject, after("O", subject, begin=now), now)
        elif what == "h":
            schedule.hurry("fast", now)
        elif what == "r":
            schedule.replace([FAST], now)
        assert schedule.next_at <= max(now, last + 2) + 1e-6
