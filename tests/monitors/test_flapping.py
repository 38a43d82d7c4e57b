"""Flap detection: published vectors, and a slow model of each algorithm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.flapping import Ring, record, share_of_changes, unchanged
from monitors.monitor import FlapRule
from tests.monitors.making import LETTERS
from watchdesk.health import StateType

ICINGA, NAGIOS = FlapRule(), FlapRule(algorithm="nagios", high=30.0, low=20.0)
HARD, SOFT = StateType.HARD, StateType.SOFT


def rings(rule: FlapRule, letters: str, state_type: StateType = HARD) -> list[Ring]:
    """The ring after each of the results."""
    found = [Ring()]
    for letter in letters.replace(" ", ""):
        found.append(record(rule, found[-1], LETTERS[letter], state_type))
    return found[1:]


def test_icingas_vector_gives_its_published_share() -> None:
    # test/icinga-checkable-flapping.cpp: 8 changes, 0.84+0.86+0.88+0.90+0.98+1.06+1.12+1.18 = 7.82 of 20
    found = rings(ICINGA, "CCC W C W OOOO WWWW OOO WWW C")
    assert found[-1].percent == pytest.approx(39.1)
    assert found[-1].is_flapping


def test_icingas_vector_is_steady_again_after_seven_more_of_the_same() -> None:
    found = rings(ICINGA, "CCC W C W OOOO WWWW OOO WWW C" + "C" * 7)
    assert found[-1].percent < 25
    assert not found[-1].is_flapping


def test_changes_at_every_result_weigh_the_whole_ring() -> None:
    assert rings(ICINGA, "OC" * 15)[-1].percent == pytest.approx(99.0)  # 0.8 … 1.18 add up to 19.8
    assert rings(NAGIOS, "OC" * 15)[-1].percent == pytest.approx(100.0)  # 0.75 … 1.25 add up to 20


def test_nagios_weighs_its_manuals_example_as_its_code_does() -> None:
    # manual, "Detection and Handling of State Flapping": 7 changes, printed as 31 %; the code's weights give 34 %
    changes = sum(1 << 20 - place for place in (3, 4, 5, 9, 12, 16, 19))
    by_hand = sum(0.75 + (place - 1) * 0.5 / 19 for place in (3, 4, 5, 9, 12, 16, 19)) / 20 * 100
    assert share_of_changes("nagios", changes) == pytest.approx(by_hand, abs=1e-6)
    assert round(by_hand) == 34


def test_the_first_result_is_no_change() -> None:
    assert rings(ICINGA, "C")[-1] == Ring(0, 0, LETTERS["C"], 0.0, is_flapping=False)


def test_icinga_is_strict_about_its_thresholds_and_nagios_is_not() -> None:
    letters = "O" * 20 + "COCOCO"  # six changes, the newest: 1.08 … 1.18 add up to 6.78: 33.9 %
    share = rings(ICINGA, letters)[-1].percent
    assert not rings(FlapRule(high=share, low=1), letters)[-1].is_flapping
    assert rings(FlapRule(high=share - 0.001, low=1), letters)[-1].is_flapping
    share = rings(NAGIOS, letters)[-1].percent
    assert rings(FlapRule(algorithm="nagios", high=share, low=1), letters)[-1].is_flapping


@pytest.mark.parametrize("algorithm", ["icinga", "nagios"])
def test_fewer_than_three_changes_never_start_flapping(algorithm: str) -> None:
    hasty = FlapRule(algorithm=algorithm, high=1.0, low=0.5)
    assert not any(ring.is_flapping for ring in rings(hasty, "OOOCCCOOO"))
    assert rings(hasty, "OOOCCCOOOC")[-1].is_flapping


def test_nagios_records_no_problem_that_is_still_soft() -> None:
    ring = rings(NAGIOS, "OO")[-1]
    assert record(NAGIOS, ring, LETTERS["C"], SOFT) is ring
    assert record(NAGIOS, ring, LETTERS["C"], HARD).bits == 1
    assert record(ICINGA, ring, LETTERS["C"], SOFT).bits == 1


STATES = st.sampled_from("OWCU")


def flags(shares: list[float], changes: list[int]) -> list[bool]:
    """Whether Icinga would call it flapping after each result: above 30 starts it, above 25 keeps it."""
    flag, found = False, []
    for share, count in zip(shares, changes, strict=True):
        flag = share > 25 if flag else share > 30 and count >= 3
        found.append(flag)
    return found


@given(st.lists(STATES, min_size=1, max_size=60))
def test_icingas_ring_obeys_a_model_that_keeps_all_results(letters: list[str]) -> None:
    shares, counts = [], []
    for end in range(1, len(letters) + 1):
        window = letters[max(0, end - 21) : end]
        changes = [place for place in range(1, len(window)) if window[place] != window[place - 1]]
        shares.append(sum(1.18 - 0.02 * (len(window) - 1 - place) for place in changes) * 5)
        counts.append(len(changes))
    found = rings(ICINGA, "".join(letters))
    assert [ring.percent for ring in found] == pytest.approx(shares, abs=1e-5)
    assert [ring.is_flapping for ring in found] == flags([ring.percent for ring in found], counts)


@given(st.lists(st.tuples(STATES, st.sampled_from([SOFT, HARD])), min_size=1, max_size=60))
def test_nagios_ring_obeys_a_model_of_twenty_one_states(results: list[tuple[str, StateType]]) -> None:
    ring, history = Ring(), list[str]()
    for letter, state_type in results:
        ring = record(NAGIOS, ring, LETTERS[letter], state_type)
        if letter == "O" or state_type is HARD:
            history.append(letter)
        states = history[-21:]
        filled = [states[0]] * (21 - len(states)) + states if states else []
        share = sum(
            0.75 + (place - 1) * 0.5 / 19 for place in range(1, len(filled)) if filled[place] != filled[place - 1]
        )
        assert ring.percent == pytest.approx(share * 5, abs=1e-5)


@given(st.lists(STATES, min_size=1, max_size=40))
def test_unchanged_counts_the_last_results_that_were_the_same(letters: list[str]) -> None:
    run = len(letters) - len("".join(letters).rstrip(letters[-1]))
    ring = rings(ICINGA, "".join(letters))[-1]
    assert unchanged(ring.bits, ring.count) == min(run, 21)
