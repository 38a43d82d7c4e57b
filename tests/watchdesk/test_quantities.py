"""Durations, percentages and sizes are read as people write them, and refused with a remedy."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdesk.definitions.quantities import format_duration, parse_bytes, parse_duration, parse_ratio


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("10s", 10), ("5m", 300), ("2h", 7200), ("7d", 604800), ("1h30m", 5400), ("0s", 0), ("1.5s", 1.5)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "5 m", "-5s", "5M", "1h 30m", "５s", "5sm"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="like 90s or 1h30m"):
        parse_duration(text)


@given(st.integers(0, 10**12))
def test_a_duration_survives_being_written_and_read(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)
    assert parse_duration(format_duration(duration)) == duration


def test_percentages() -> None:
    assert parse_ratio("99.9%") == pytest.approx(0.999)
    assert parse_ratio("0 %") == 0
    for wrong in ("101%", "99.9", "%", "-1%"):
        with pytest.raises(ValueError, match="percentage"):
            parse_ratio(wrong)


def test_sizes() -> None:
    assert parse_bytes("10MiB") == 10 * 2**20
    assert parse_bytes("1.5kB") == 1500
    for wrong in ("10", "10Mib", "MiB"):
        with pytest.raises(ValueError, match="size"):
            parse_bytes(wrong)
