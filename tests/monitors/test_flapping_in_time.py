"""Flapping counted in time, for monitors that are too slow or too fast for a count of results."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.monitor import FlapRule, Monitor
from monitors.state import MonitorState
from monitors.storage import states
from monitors.telling import tell
from tests.monitors.making import LETTERS, fresh, monitor, step
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import SignalKind

HOUR = 3600.0
BY_TIME = FlapRule(changes=6, within=timedelta(hours=1))


def history(letters: str, every_s: float, rule: FlapRule = BY_TIME, attempts: int = 1) -> list[MonitorState]:
    """The states after results at a steady pace, spelled as letters (O W C U)."""
    subject, state, found = monitor(flap=rule, attempts=attempts), fresh(), []
    for place, letter in enumerate(letters):
        state = step(subject, state, LETTERS[letter], every_s * (place + 1))
        found.append(state)
    return found


def test_a_slow_monitor_flaps_before_its_twenty_results_are_full() -> None:
    found = history("OOCOCOCO", 300)  # six changes in 35 minutes, weighing 33 % only at the last of them
    assert [state.is_flapping for state in found] == [False] * 7 + [True]
    slower = history("OOOCCOOCCOOCC", 300)  # five in an hour
    assert not any(state.is_flapping for state in slower)


def test_a_fast_monitor_that_fails_for_a_moment_again_and_again_flaps() -> None:
    letters = ("O" * 298 + "CC") * 6  # every five minutes for two seconds: two changes among 300 results
    assert not any(state.is_flapping for state in history(letters, 1, FlapRule()))
    assert history(letters, 1)[-1].is_flapping


def test_it_is_steady_again_when_half_of_the_changes_have_passed_out_of_the_time() -> None:
    found = history("OCOCOCO" + "O" * 100, 60)
    ended = next(place for place, state in enumerate(found) if place > 7 and not state.is_flapping)
    # changes at minutes 2 to 7; four are left until the third of them is an hour old
    assert ended + 1 == 4 + 60


def test_a_rule_without_a_time_keeps_no_instants() -> None:
    assert all(state.changed_at == () for state in history("OCOCOCOC", 60, FlapRule()))


def test_what_is_kept_of_the_past_is_bounded() -> None:
    rule = FlapRule(changes=6, within=timedelta(days=30))
    assert len(history("OC" * 200, 60, rule)[-1].changed_at) == 100


def test_the_instants_outlive_a_restart(database: Database) -> None:
    state = history("OOCOCO", 300)[-1]
    with database.writing() as session:
        states.save(session, [state])
    with database.reading() as session:
        assert states.load(session)[state.monitor] == state


@pytest.mark.parametrize("rule", [BY_TIME, FlapRule()])
def test_a_hard_failure_that_lasts_breaks_through(rule: FlapRule) -> None:
    subject, state, told = monitor(flap=rule, attempts=2), fresh(), []
    for place, letter in enumerate("OCOCOCOCOCO" + "C" * 6):
        at = 60.0 * (place + 1)
        telling = tell(subject, step(subject, state, LETTERS[letter], at), {}, at)
        state = telling.state
        told += [signal.kind for signal in telling.signals]
    assert state.is_flapping
    assert told[-1] is SignalKind.PROBLEM


@given(st.lists(st.tuples(st.sampled_from("OWC"), st.floats(1, 2000)), min_size=1, max_size=60))
def test_the_instants_are_those_of_a_model_that_keeps_everything(results: list[tuple[str, float]]) -> None:
    quiet = replace(BY_TIME, changes=100, high=100.0, low=100.0)
    subject: Monitor = monitor(flap=quiet)
    state, at, last, changes = fresh(), 0.0, None, list[float]()
    for letter, later in results:
        at += later
        health: Health = LETTERS[letter]
        changes += [at] if last not in (None, health) else []
        last = health
        state = step(subject, state, health, at)
        assert state.changed_at == tuple(instant for instant in changes if at - HOUR < instant)


def said(letters: str, every_s: float, rule: FlapRule) -> str:
    """What is told when flapping begins."""
    subject, state = monitor(flap=rule, attempts=1), fresh()
    for place, letter in enumerate(letters):
        at = every_s * (place + 1)
        telling = tell(subject, step(subject, state, LETTERS[letter], at), {}, at)
        state = telling.state
        for signal in telling.signals:
            if signal.kind is SignalKind.FLAPPING:
                return signal.summary
    return ""


def test_what_flaps_is_told_by_the_count_that_found_it() -> None:
    assert "6 changes within 1h; now ok" in said(("O" * 298 + "CC") * 6, 1, BY_TIME)
    assert "% weighted changes among the last results" in said("OC" * 10, 60, FlapRule())
    assert "% weighted changes among the last results" in said("OC" * 10, 60, replace(BY_TIME, changes=50))
