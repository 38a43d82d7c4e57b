"""The machine of soft and hard states, against models written independently, and against disorder."""

from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.state import MonitorState, Verdict
from monitors.transition import advance
from tests.monitors.making import CRITICAL, OK, UNKNOWN, WARNING, after, fresh, monitor, seen, step
from watchdesk.health import Health, StateType

HARD, SOFT = StateType.HARD, StateType.SOFT
HEALTHS = st.sampled_from([OK, WARNING, CRITICAL, UNKNOWN])


def shape(state: MonitorState) -> tuple[Health, StateType, int]:
    return state.health, state.state_type, state.attempt


def shapes(letters: str, attempts: int = 3) -> list[tuple[Health, StateType, int]]:
    return [shape(after(letters[: place + 1], monitor(attempts=attempts))) for place in range(len(letters))]


def test_ok_is_hard_at_once() -> None:
    assert shapes("O") == [(OK, HARD, 1)]
    assert shapes("OCO")[-1] == (OK, HARD, 1)


def test_bad_results_are_soft_until_the_last_attempt() -> None:
    assert shapes("OCCC") == [(OK, HARD, 1), (CRITICAL, SOFT, 1), (CRITICAL, SOFT, 2), (CRITICAL, HARD, 1)]


def test_with_one_attempt_the_first_bad_result_is_hard() -> None:
    assert shapes("OC", attempts=1)[-1] == (CRITICAL, HARD, 1)


def test_another_kind_of_bad_result_does_not_begin_to_count_anew() -> None:
    assert shapes("OWCU")[1:] == [(WARNING, SOFT, 1), (CRITICAL, SOFT, 2), (UNKNOWN, HARD, 1)]


def test_a_hard_problem_changes_its_severity_without_retries() -> None:
    assert shapes("OCCCW")[-1] == (WARNING, HARD, 1)
    assert shapes("OCCCWC")[-1] == (CRITICAL, HARD, 1)


def test_the_first_results_ever_are_confirmed_like_any_other() -> None:
    assert shapes("CCC") == [(CRITICAL, SOFT, 1), (CRITICAL, SOFT, 2), (CRITICAL, HARD, 1)]


def test_soft_attempts_outlive_a_restart() -> None:
    stored = after("OCC")
    assert shape(after("C", state=replace(stored), begin=600.0)) == (CRITICAL, HARD, 1)


def test_lowering_the_attempts_while_soft_confirms_at_the_next_bad_result() -> None:
    soft = after("OCC", monitor(attempts=5))
    assert shape(after("C", monitor(attempts=2), soft, begin=600.0)) == (CRITICAL, HARD, 1)
    assert shape(after("C", monitor(attempts=9), soft, begin=600.0)) == (CRITICAL, SOFT, 3)


def test_hard_health_is_the_last_confirmed_one() -> None:
    assert after("OC").hard_health is OK
    assert after("OCCC").hard_health is CRITICAL


def test_unknown_is_no_recovery_and_begins_no_problem() -> None:
    state = after("O UUU")
    assert (state.health, state.problem_since, state.recovered_at) == (UNKNOWN, None, None)
    state = after("O CCC U")
    assert (state.problem_since, state.ok_streak, state.recovered_at) == (120.0, 0, None)


def test_a_problem_began_with_its_first_bad_sample_even_across_unknown() -> None:
    assert after("O W U C").problem_since == 120.0
    assert after("O UU C").problem_since == 240.0


def test_a_problem_is_remembered_after_recovery_until_the_desk_has_heard() -> None:
    assert after("O C O").problem_since is None
    confirmed = replace(after("O CCC"), told="problem:critical")
    assert after("O", state=confirmed, begin=600.0).problem_since == 120.0


def test_good_samples_in_a_row_are_counted_and_anything_else_breaks_the_row() -> None:
    assert (after("C OOO").ok_streak, after("C OOO").ok_since) == (3, 120.0)
    assert (after("OO U O").ok_streak, after("OO U O").ok_since) == (1, 240.0)
    assert (after("OO W").ok_streak, after("OO W").ok_since) == (0, None)


def test_unknown_is_dated_at_its_beginning() -> None:
    assert after("O UU").unknown_since == 120.0
    assert after("O UU C").unknown_since is None
    assert after("U").unknown_since == 60.0


def test_a_recovery_is_dated_only_after_a_confirmed_problem() -> None:
    assert after("O CCC O").recovered_at == 300.0
    assert after("O CCC U O").recovered_at == 360.0
    assert after("O CC O").recovered_at is None
    assert after("O UUU O").recovered_at is None


def test_since_is_when_the_present_health_began() -> None:
    assert after("OOO").since == 60.0
    assert after("OOCC").since == 180.0


def test_a_doubled_result_changes_nothing() -> None:
    state = after("OC")
    assert step(monitor(), state, CRITICAL, 120.0) is state


def test_a_late_result_changes_nothing() -> None:
    state = after("OC")
    assert step(monitor(), state, OK, 90.0) is state


def test_two_results_in_the_same_second_both_count() -> None:
    state = after("O")
    for at in (100.1, 100.2, 100.3):
        state = step(monitor(), state, CRITICAL, at)
    assert shape(state) == (CRITICAL, HARD, 1)


def test_a_stored_result_from_the_future_does_not_shut_out_fresh_ones() -> None:
    state = after("O CC", begin=10_000.0)
    judged = Verdict(health=CRITICAL, summary="")
    assert advance(monitor(), state, seen(500.0), judged, now=10_500.0) is state
    stepped = advance(monitor(), state, seen(500.0), judged, now=501.0)
    assert (shape(stepped), stepped.last_at) == ((CRITICAL, HARD, 1), 500.0)
    assert stepped.since == stepped.problem_since == 500.0


@dataclass
class Icinga:
    """lib/icinga/checkable-check.cpp as a table of what one result does, written from its description."""

    maximum: int
    is_ok: bool = True
    kind: str = "HARD"
    attempt: int = 1

    def take(self, health: Health) -> tuple[bool, str, int]:
        if health is OK:
            self.is_ok, self.kind, self.attempt = True, "HARD", 1
            return self.is_ok, self.kind, self.attempt
        if self.is_ok:
            self.kind, self.attempt = "SOFT", 1
        elif self.kind == "SOFT":
            self.attempt += 1
        if self.attempt >= self.maximum:
            self.kind, self.attempt = "HARD", 1
        self.is_ok = False
        return self.is_ok, self.kind, self.attempt


@given(st.lists(HEALTHS, min_size=1, max_size=40), st.integers(1, 5))
def test_the_machine_does_what_icinga_does(healths: list[Health], attempts: int) -> None:
    model, state, subject = Icinga(attempts), fresh(), monitor(attempts=attempts)
    for place, health in enumerate(healths):
        state = step(subject, state, health, float(place))
        is_ok, kind, attempt = model.take(health)
        assert ((state.health is OK), state.state_type.name, state.attempt) == (is_ok, kind, attempt)
        assert state.health is health


@given(st.lists(HEALTHS, min_size=1, max_size=30), st.integers(1, 4))
def test_a_problem_is_hard_exactly_when_as_many_bad_results_as_attempts_have_come_in_a_row(
    healths: list[Health], attempts: int
) -> None:
    subject, state = monitor(attempts=attempts), fresh()
    for place, health in enumerate(healths):
        state = step(subject, state, health, float(place))
        bad_in_a_row = 0
        for earlier in reversed(healths[: place + 1]):
            if earlier is OK:
                break
            bad_in_a_row += 1
        assert (state.state_type is HARD) == (bad_in_a_row == 0 or bad_in_a_row >= attempts)


@given(st.lists(st.tuples(HEALTHS, st.integers(1, 10)), min_size=1, max_size=12), st.randoms())
def test_in_whatever_order_results_come_the_state_is_that_of_those_that_came_in_time(
    results: list[tuple[Health, int]], chance: Random
) -> None:
    """Delivery in any order, each up to twice: what counts is each result that is newer than all before it."""
    instants = [sum(gap for _, gap in results[: place + 1]) for place in range(len(results))]
    sent = [(health, float(at)) for (health, _), at in zip(results, instants, strict=True)] * 2
    chance.shuffle(sent)
    shuffled, in_order, newest = fresh(), fresh(), 0.0
    for health, at in sent:
        shuffled = step(monitor(), shuffled, health, at)
        if at > newest:
            in_order, newest = step(monitor(), in_order, health, at), at
    assert shuffled == in_order
    assert shuffled.last_at == max(at for _, at in sent)


@given(st.lists(HEALTHS, min_size=1, max_size=40))
def test_what_is_kept_about_streaks_obeys_a_model_that_keeps_everything(healths: list[Health]) -> None:
    state = fresh()
    for place, health in enumerate(healths):
        state = step(monitor(), state, health, float(place))
    run = _last_run(healths)
    assert state.since == len(healths) - run
    assert state.ok_streak == (run if healths[-1] is OK else 0)
    assert state.ok_since == (len(healths) - run if healths[-1] is OK else None)
    assert state.unknown_since == (len(healths) - run if healths[-1] is UNKNOWN else None)


def _last_run(healths: list[Health]) -> int:
    run = 0
    for health in reversed(healths):
        if health is not healths[-1]:
            break
        run += 1
    return run


@given(st.lists(HEALTHS, max_size=30), st.integers(1, 4))
def test_the_fast_path_for_steady_monitors_changes_nothing(healths: list[Health], attempts: int) -> None:
    """A state that carries an old change in its ring takes the slow path; both must agree on everything else."""
    subject = monitor(attempts=attempts)
    fast = replace(after("OOO", subject), flap_bits=0)
    slow = replace(fast, flap_bits=1 << 19)
    for place, health in enumerate([OK, *healths]):
        fast, slow = (step(subject, state, health, 600.0 + place) for state in (fast, slow))
    assert replace(fast, flap_bits=0, flap_percent=0.0) == replace(slow, flap_bits=0, flap_percent=0.0)


@pytest.mark.parametrize("letters", ["O", "OO", "C", "OCCC", "UUU"])
def test_a_state_says_which_definition_it_was_judged_by(letters: str) -> None:
    assert after(letters, monitor(version="v7")).definition_version == "v7"
