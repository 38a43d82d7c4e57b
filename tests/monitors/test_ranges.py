"""Ranges of the Nagios plugin guidelines, strictly."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors import ranges
from monitors.errors import TextInvalid

# (range, values that alert, values that do not), after the table in the plugin development guidelines
GUIDELINES = [
    ("10", (-0.1, 10.1), (0, 10)),
    ("10:", (9.9, -1), (10, 1e9)),
    ("~:10", (10.1,), (10, -1e9)),
    ("10:20", (9.9, 20.1), (10, 20)),
    ("@10:20", (10, 15, 20), (9.9, 20.1)),
    ("0", (-1, 0.1), (0,)),
    ("-10:-5", (-10.1, -4.9), (-10, -5)),
    ("~:0", (0.1,), (0, -5)),
    ("1e3", (1000.1,), (1000,)),
    (":10", (-1, 11), (0, 10)),
]


@pytest.mark.parametrize(("text", "bad", "good"), GUIDELINES)
def test_a_range_alerts_as_the_guidelines_say(text: str, bad: tuple[float, ...], good: tuple[float, ...]) -> None:
    found = ranges.parse(text)
    assert all(found.alerts(value) is True for value in bad)
    assert all(found.alerts(value) is False for value in good)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("@", 2),
        ("abc", 1),
        ("1:2:3", 4),
        ("0x10", 2),
        ("10 :20", 3),
        ("20:10", 4),
        ("@20:10", 5),
        ("-5", 1),
        ("10:x", 4),
        ("inf", 1),
        ("nan", 1),
        ("1,5", 2),
        ("~", 1),
        ("1e999", 1),
    ],
)
def test_what_real_plugins_guess_at_is_refused_with_its_place(text: str, column: int) -> None:
    with pytest.raises(TextInvalid) as refused:
        ranges.parse(text)
    assert refused.value.column == column


def test_units_count_and_are_remembered() -> None:
    assert ranges.parse("300ms").end == pytest.approx(0.3)
    assert ranges.parse("300ms").types == {"duration"}
    assert ranges.parse("10%:90%") == ranges.Range(10.0, 90.0, False, "10%:90%", frozenset({"percent"}))


@pytest.mark.parametrize("text", ["10", "@10:20", "~:"])
def test_what_is_not_a_number_neither_alerts_nor_passes(text: str) -> None:
    assert ranges.parse(text).alerts(math.nan) is None


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_inside_and_outside_are_opposites(first: int, last: int, value: int) -> None:
    low, high = sorted((first, last))
    outside = ranges.parse(f"{low}:{high}").alerts(value)
    assert outside is not ranges.parse(f"@{low}:{high}").alerts(value)
    assert outside is (not low <= value <= high)
