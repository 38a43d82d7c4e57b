"""The packed forms give back what they were given."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from monitors.storage import codec, histogram, hour_block, journal, latency
from monitors.storage.results import DAY_MS, HOUR_MS, Results

codes = st.integers(0, latency.HIGHEST)
healths = st.integers(0, 3)


def columns(rows: list[tuple[int, int, int]]) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint16]]:
    return (
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.uint8),
        np.array([row[2] for row in rows], np.uint16),
    )


@st.composite
def days(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Results of one day at different instants: regular with jitter, or anything."""
    if draw(st.booleans()):
        instants = draw(st.sets(st.integers(0, DAY_MS - 1), min_size=1, max_size=200))
    else:
        every, offset = draw(st.sampled_from([1000, 5000, 60_000, 300_000])), draw(st.integers(0, 999))
        beats = draw(st.integers(1, min(300, DAY_MS // every - 1)))
        instants = {offset + beat * every + draw(st.integers(0, 200)) for beat in range(beats)}
    return [(at, draw(healths), draw(codes)) for at in sorted(instants)]


@given(days())
def test_a_day_comes_back_with_every_verdict_and_latency_and_no_time_moved_by_more_than_half_a_second(
    rows: list[tuple[int, int, int]],
) -> None:
    at, health, slow = columns(rows)
    back = codec.decode(codec.encode(codec.day_of(at, health, slow)))
    assert back.health.tolist() == health.tolist()
    assert back.latency.tolist() == slow.tolist()
    assert np.abs(back.into_day_ms - at).max() <= 500


@given(days())
def test_no_two_results_of_a_day_share_a_slot(rows: list[tuple[int, int, int]]) -> None:
    day = codec.day_of(*columns(rows))
    assert len(set(day.slot.tolist())) == len(rows)


@given(days(), st.data())
def test_a_day_recognises_what_it_holds_when_it_is_told_again(
    rows: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    at, health, slow = columns(rows)
    day = codec.decode(codec.encode(codec.day_of(at, health, slow)))
    again = np.array(data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=5)))
    assert day.is_known(at[again], health[again]).all()
    merged = day.merged(at[again], health[again], slow[again])
    assert codec.encode(merged) == codec.encode(day)


@given(days(), days())
def test_merging_later_results_keeps_the_earlier_ones_and_the_order_of_time(
    rows: list[tuple[int, int, int]], late: list[tuple[int, int, int]]
) -> None:
    day = codec.day_of(*columns(rows))
    merged = codec.decode(codec.encode(day.merged(*columns(late))))
    assert (np.diff(merged.slot) >= 0).all()
    assert day.is_known(day.into_day_ms, day.health).all()
    before = set(zip(day.slot.tolist(), day.health.tolist(), day.latency.tolist(), strict=True))
    after = set(zip(merged.slot.tolist(), merged.health.tolist(), merged.latency.tolist(), strict=True))
    assert before <= after


def test_a_regular_day_is_laid_on_a_grid_of_one_second_about_its_own_offset() -> None:
    jitter = np.random.default_rng(7).integers(0, 120, 1440)
    at = np.arange(1440, dtype=np.int64) * 60_000 + 470 + jitter
    day = codec.day_of(at, np.zeros(1440, np.uint8), np.full(1440, 300, np.uint16))
    assert day.grid.step_ms == 1000
    assert set(np.diff(day.slot).tolist()) == {60}
    assert len(codec.encode(day)) < 100  # 1,440 results whose times and verdicts say nothing new


def test_a_result_just_before_midnight_stays_on_its_day() -> None:
    at = np.append(np.arange(1439, dtype=np.int64) * 60_000 + 200, DAY_MS - 1)
    day = codec.day_of(at, np.zeros(1440, np.uint8), np.zeros(1440, np.uint16))
    assert day.grid.step_ms == 1000
    assert day.into_day_ms.max() == DAY_MS - 1


def test_a_block_of_an_unknown_version_is_refused_by_its_number() -> None:
    payload = codec.encode(codec.day_of(*columns([(5, 0, 0)])))
    with pytest.raises(ValueError, match="version 9"):
        codec.decode(b"\x09" + payload[1:])


@st.composite
def batches(draw: st.DrawFn) -> Results:
    rows = draw(
        st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 3 * HOUR_MS), healths, codes), min_size=1, max_size=100)
    )
    return Results(
        np.array([row[0] for row in rows], np.uint32),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.uint8),
        np.array([row[3] for row in rows], np.uint16),
    )


def as_rows(results: Results) -> list[tuple[int, int, int, int]]:
    return list(
        zip(
            results.number.tolist(), results.at_ms.tolist(), results.health.tolist(), results.latency.tolist(),
            strict=True,
        )
    )  # fmt: skip


@given(batches())
def test_the_journal_gives_back_its_results_in_their_order(results: Results) -> None:
    assert as_rows(journal.unpack([journal.pack(results)])) == as_rows(results)


@given(batches())
def test_an_hours_block_loses_nothing(results: Results) -> None:
    ordered = results.in_order()
    one = ordered.take(ordered.number // hour_block.SHELF == ordered.number[0] // hour_block.SHELF)
    one = one.between(int(one.at_ms[0]) // HOUR_MS * HOUR_MS, (int(one.at_ms[0]) // HOUR_MS + 1) * HOUR_MS)
    hour = int(one.at_ms[0]) // HOUR_MS
    assert as_rows(hour_block.unpack(hour_block.pack(one, hour), hour)) == as_rows(one)


@given(batches())
def test_of_results_for_one_monitor_and_instant_the_first_one_stays(results: Results) -> None:
    expected: dict[tuple[int, int], tuple[int, int, int, int]] = {}
    for row in as_rows(results):
        expected.setdefault(row[:2], row)
    assert as_rows(results.in_order()) == [expected[key] for key in sorted(expected)]


@given(st.floats(1e-6, 1e6))
def test_a_stored_latency_is_within_one_percent(seconds: float) -> None:
    stored = latency.decode(latency.encode(np.array([seconds])))[0]
    assert stored == pytest.approx(seconds, rel=0.0101)


@given(st.lists(codes))
def test_encoding_a_stored_latency_again_changes_nothing(found: list[int]) -> None:
    given_codes = np.array(found, np.uint16)
    assert latency.encode(latency.decode(given_codes)).tolist() == found


def test_no_latency_stays_no_latency() -> None:
    assert np.isnan(latency.decode(latency.encode(np.array([np.nan]))))[0]


@given(st.lists(st.lists(st.integers(0, 100_000), min_size=23, max_size=23), min_size=1, max_size=20))
def test_a_histogram_comes_back_whether_its_counts_are_small_or_large(rows: list[list[int]]) -> None:
    assert histogram.unpack([histogram.pack(np.array(row, np.int64)) for row in rows]).tolist() == rows


@given(st.lists(st.floats(0.001, 30), min_size=1, max_size=300), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_lies_within_a_class_of_the_exact_one(seconds: list[float], ratio: float) -> None:
    found = latency.encode(np.array(seconds))
    counted = histogram.count(found, np.zeros(len(found), np.int64), 1)
    exact = sorted(seconds)[max(0, int(np.ceil(ratio * len(seconds))) - 1)]
    assert exact / histogram.RATIO / 1.02 <= histogram.percentiles(counted, ratio)[0] <= exact * histogram.RATIO * 1.02


def test_without_a_latency_there_is_no_percentile() -> None:
    assert np.isnan(histogram.percentiles(np.zeros((1, histogram.CLASSES), np.int64), 0.5))[0]
