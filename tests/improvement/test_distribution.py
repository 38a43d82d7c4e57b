"""Quantiles count what has not ended yet, and say nothing where nothing can be said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvement.distribution import Duration, summarise, wilson


def over(*seconds: float) -> list[Duration]:
    return [Duration(seconds=s) for s in seconds]


def test_without_open_ones_the_median_is_the_ordinary_one() -> None:
    assert summarise(over(10, 20, 30)).median_s == 20


def test_an_open_one_moves_the_median_up() -> None:
    """3 of 5 have ended, after 1, 2 and 3; two go on at 10: half have ended only at 3."""
    durations = [*over(1, 2, 3), Duration(seconds=10, is_over=False), Duration(seconds=10, is_over=False)]
    assert summarise(durations).median_s == 3


def test_with_most_of_them_open_there_is_no_median() -> None:
    found = summarise([*over(1), *(Duration(seconds=5, is_over=False) for _ in range(3))])
    assert (found.median_s, found.unfinished) == (None, 3)


def test_kaplan_meier_agrees_with_a_hand_calculation() -> None:
    """At risk 5: one ends at 2 (4/5); one is cut off at 3; at risk 3: one ends at 4 (4/5 x 2/3 = 8/15);
    at risk 2: one ends at 6 (8/15 x 1/2 = 4/15 < 1/2): the median is 6.
    """
    durations = [*over(2, 4, 6, 9), Duration(seconds=3, is_over=False)]
    assert summarise(durations).median_s == 6


def test_nothing_has_no_quantiles() -> None:
    found = summarise([])
    assert (found.count, found.median_s, found.p90_s, found.longest_s) == (0, None, None, None)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_the_interval_holds_the_median(seconds: list[float]) -> None:
    found = summarise(over(*seconds))
    low, high = found.median_interval_s
    assert found.median_s is not None
    assert low is not None
    assert low <= found.median_s
    assert high is None or high >= found.median_s


def test_wilson_agrees_with_a_published_example() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662."""
    interval = wilson(81, 263)
    assert interval == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_a_share_of_nothing_has_no_interval() -> None:
    assert wilson(0, 0) is None
