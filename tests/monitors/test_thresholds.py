"""Thresholds: how they are read, and how they judge over time."""

import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.expectation import Expectation
from monitors.hysteresis import judge_limits
from monitors.kinds import KINDS
from monitors.thresholds import LimitInvalid, Limits, read_thresholds
from tests.monitors.making import CRITICAL, OK, UNKNOWN, WARNING
from watchdesk.health import Health

HTTP = KINDS["http"].values
ANY = {"*": "json"}
LATENCY = Limits(warn="> 300ms", crit="> 2s", recover="< 250ms", for_at_least=timedelta(seconds=30))


def judged(expectation: Expectation, seen: list[tuple[float, Any]]) -> list[Health]:
    """The verdicts on values at instants, what is remembered going from one to the next."""
    memory: dict[str, float] = {}
    verdicts = []
    for at, value in seen:
        health, memory = judge_limits(expectation, {"latency": value}, at, memory)
        verdicts.append(health)
    return verdicts


def test_without_time_and_recovery_the_present_value_decides() -> None:
    plain = read_thresholds("latency", Limits(warn="> 300ms", crit="> 2s"), HTTP)
    assert judged(plain, [(0, 0.1), (1, 0.3), (2, 0.31), (3, 2.5), (4, None), (5, 0.1)]) == [
        OK, OK, WARNING, CRITICAL, UNKNOWN, OK,
    ]  # fmt: skip


def test_a_bad_value_counts_only_after_it_has_been_bad_for_long_enough() -> None:
    slow = read_thresholds("latency", Limits(crit="> 2s", for_at_least=timedelta(seconds=30)), HTTP)
    assert judged(slow, [(0, 3), (29.9, 3), (30, 3), (40, 1), (41, 3), (70, 3), (71, 3)]) == [
        OK, OK, CRITICAL, OK, OK, OK, CRITICAL,
    ]  # fmt: skip


def test_each_limit_has_a_time_of_its_own() -> None:
    both = read_thresholds("latency", LATENCY, HTTP)
    assert judged(both, [(0, 1), (30, 1), (31, 3), (60, 3), (61, 3)]) == [OK, WARNING, WARNING, WARNING, CRITICAL]


def test_a_bad_verdict_stays_until_the_value_has_recovered() -> None:
    both = read_thresholds("latency", Limits(warn="> 300ms", recover="< 250ms"), HTTP)
    assert judged(both, [(0, 0.27), (1, 0.31), (2, 0.27), (3, 0.25), (4, 0.24), (5, 0.27)]) == [
        OK, WARNING, WARNING, WARNING, OK, OK,
    ]  # fmt: skip


def test_between_limit_and_recovery_a_critical_value_is_no_longer_critical_when_there_is_a_warning() -> None:
    both = read_thresholds("latency", Limits(warn="> 300ms", crit="> 2s", recover="< 250ms"), HTTP)
    alone = read_thresholds("latency", Limits(crit="> 2s", recover="< 250ms"), HTTP)
    assert judged(both, [(0, 3), (1, 0.27)]) == [CRITICAL, WARNING]
    assert judged(alone, [(0, 3), (1, 0.27), (2, 0.2)]) == [CRITICAL, CRITICAL, OK]


def test_a_missing_value_neither_starts_nor_ends_anything() -> None:
    both = read_thresholds("latency", LATENCY, HTTP)
    assert judged(both, [(0, 1), (20, None), (30, 1), (31, None), (32, 0.27), (33, 0.1)]) == [
        OK, UNKNOWN, WARNING, UNKNOWN, WARNING, OK,
    ]  # fmt: skip


def test_a_clock_that_stepped_back_cannot_make_a_value_bad_for_longer_than_it_was() -> None:
    slow = read_thresholds("latency", Limits(crit="> 2s", for_at_least=timedelta(seconds=30)), HTTP)
    assert judged(slow, [(1000, 3), (500, 3), (529, 3), (530, 3)]) == [OK, OK, OK, CRITICAL]


def is_nothing(value: float | None) -> bool:
    return value is None or math.isnan(value)


VALUES = st.none() | st.floats(0, 5, allow_nan=False) | st.just(math.nan)


@given(st.lists(VALUES, max_size=30), st.sampled_from([0, 3]), st.sampled_from(["> 2", None]))
def test_patience_and_hysteresis_obey_a_slow_model(values: list[float | None], patience: int, warn: str | None) -> None:
    """The model looks at the whole history again for every verdict; samples are a second apart."""
    limits = Limits(warn=warn, crit="> 4", recover="< 1", for_at_least=timedelta(seconds=patience))
    found = judged(read_thresholds("latency", limits, ANY), list(enumerate(values)))
    levels = ((CRITICAL, 4.0),) if warn is None else ((CRITICAL, 4.0), (WARNING, 2.0))
    assert found == [_by_model(values[: place + 1], patience, levels) for place in range(len(values))]


def _by_model(values: list[float | None], patience: int, levels: tuple[tuple[Health, float], ...]) -> Health:
    """The worst level that all values of the last `patience` seconds exceed; the mildest until one is below 1."""
    known = [(at, value) for at, value in enumerate(values) if value is not None and not math.isnan(value)]
    if is_nothing(values[-1]):
        return UNKNOWN
    mildest = levels[-1][0]
    verdict, since = OK, dict[Health, int | None]((health, None) for health, _ in levels)
    for at, value in known:
        is_held = verdict is not OK and value >= 1
        for health, limit in levels:
            keeps = value > limit or (health is WARNING and is_held)
            since[health] = (at if since[health] is None else since[health]) if keeps else None
        counted = [health for health, begun in since.items() if begun is not None and at - begun >= patience]
        verdict = counted[0] if counted and value > levels[-1][1] else mildest if is_held else OK
    return verdict


@given(st.lists(VALUES, min_size=1, max_size=20))
def test_nothing_seen_never_reads_as_ok(values: list[float | None]) -> None:
    both = read_thresholds("latency", LATENCY, HTTP)
    for value, health in zip(values, judged(both, list(enumerate(values))), strict=True):
        assert (health is UNKNOWN) == is_nothing(value)


@pytest.mark.parametrize(
    ("limit", "bad", "good"),
    [("80", 81, 80), ("10:20", 9, 15), ("@10:20", 15, 21), ("~:0", 1, -5), ("> 80", 81, 80), ("in 500..599", 503, 200)],
)
def test_a_limit_is_a_comparison_or_a_range_that_alerts_outside(limit: str, bad: float, good: float) -> None:
    expectation = read_thresholds("latency", Limits(crit=limit), ANY)
    assert judged(expectation, [(0, bad), (1, good), (2, None)]) == [CRITICAL, OK, UNKNOWN]


def test_the_text_of_an_expectation_is_what_its_author_wrote() -> None:
    assert (
        read_thresholds("latency", LATENCY, HTTP).text == "latency: warn > 300ms, crit > 2s, recover < 250ms, for 30s"
    )


@pytest.mark.parametrize(
    ("path", "limits", "key", "words"),
    [
        ("latnecy", Limits(warn="> 1s"), "", "'latency'"),
        ("latency > 3", Limits(warn="> 1s"), "", "does not belong"),
        ("latency", Limits(), "", "neither warn nor crit"),
        ("latency", Limits(recover="< 1s"), "", "neither warn nor crit"),
        ("latency", Limits(warn="> 300"), "warn", "300ms"),
        ("latency", Limits(warn="300"), "warn", "no unit"),
        ("latency", Limits(warn="=> 1s"), "warn", "'>='"),
        ("latency", Limits(crit="> 1s or status == 3"), "crit", "more than one"),
        ("latency", Limits(warn="> 1s", recover="250ms"), "recover", "< 250ms"),
        ("latency", Limits(warn="> 2s", crit="> 1s"), "crit", "exchange"),
        ("latency", Limits(warn="< 1s", crit="< 2s"), "crit", "exchange"),
        ("latency", Limits(warn="> 1s", recover="< 2s"), "recover", "still bad"),
        ("latency", Limits(warn="> 1s", recover="> 500ms"), "recover", "still bad"),
        ("text", Limits(warn="1:5"), "warn", "only numbers"),
        ("status", Limits(crit="20:10"), "crit", "exchange its ends"),
    ],
)
def test_limits_that_make_no_sense_are_refused_by_name(path: str, limits: Limits, key: str, words: str) -> None:
    with pytest.raises(LimitInvalid, match=words) as refused:
        read_thresholds(path, limits, HTTP)
    assert refused.value.key == key
