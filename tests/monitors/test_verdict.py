"""The verdict on one observation."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors import conditions
from monitors.expectation import Expectation
from monitors.kinds import KINDS
from monitors.monitor import Monitor
from monitors.thresholds import Limits, read_thresholds
from monitors.verdict import judge
from tests.monitors.making import CRITICAL, OK, UNKNOWN, WARNING, fresh, monitor, seen
from watchdesk.health import Health

HTTP = KINDS["http"].values


def plain(*texts: str) -> tuple[Expectation, ...]:
    return tuple(Expectation(text=text, holds=conditions.parse(text, HTTP)) for text in texts)


def shop(*texts: str, limits: Limits | None = None) -> Monitor:
    more = () if limits is None else (read_thresholds("latency", limits, HTTP),)
    return monitor(expectations=plain(*texts) + more)


@pytest.mark.parametrize(
    ("values", "health"),
    [
        ({"status": 200}, OK),
        ({"status": 204}, OK),
        ({"status": 301}, OK),
        ({"status": 399}, OK),
        ({"status": 400}, CRITICAL),
        ({"status": 199}, CRITICAL),
        ({"status": 503}, CRITICAL),
        ({}, UNKNOWN),
        ({"status": None}, UNKNOWN),
        ({"status": True}, UNKNOWN),
        ({"status": "200"}, UNKNOWN),
    ],
)
def test_http_without_expectations_wants_200_to_399(values: dict[str, Any], health: Health) -> None:
    assert judge(monitor(), seen(values=values), fresh()).health is health


def test_for_other_kinds_success_is_enough() -> None:
    assert judge(monitor(kind="tcp"), seen(text="connected"), fresh()).summary == "connected"
    assert judge(monitor(kind="tcp"), seen(), fresh()).health is OK


@pytest.mark.parametrize("suggested", ["ok", "warning", "critical", "unknown"])
def test_a_kind_that_brings_its_own_verdict_is_believed_when_nothing_is_expected(suggested: str) -> None:
    subject = monitor(kind="plugin")
    assert judge(subject, seen(suggested=suggested), fresh()).health == suggested


def test_a_verdict_nobody_knows_is_unknown() -> None:
    assert judge(monitor(kind="plugin"), seen(suggested="splendid"), fresh()).health is UNKNOWN


def test_expectations_overrule_the_verdict_that_a_kind_brings() -> None:
    subject = monitor(kind="plugin", expectations=plain("status == 200"))
    assert judge(subject, seen(values={"status": 200}, suggested="critical"), fresh()).health is OK


def test_a_failed_target_is_critical_whatever_is_expected() -> None:
    verdict = judge(shop("body.x == 1"), seen(error="connection refused"), fresh())
    assert (verdict.health, verdict.summary) == (CRITICAL, "connection refused")


def test_a_probe_that_could_not_look_is_unknown_whatever_is_expected() -> None:
    verdict = judge(shop("status == 200"), seen(values={"status": 200}, blind="no such secret"), fresh())
    assert (verdict.health, verdict.summary) == (UNKNOWN, "no such secret")


HEALTHS = st.sampled_from([OK, WARNING, CRITICAL, UNKNOWN])
MAKES: dict[Health, Any] = {OK: 0.0, WARNING: 2.0, CRITICAL: 4.0, UNKNOWN: math.nan}


def _each(wanted: Sequence[Health]) -> tuple[Monitor, dict[str, Any]]:
    """A monitor whose expectations give these verdicts one by one, and the values that make them do so."""
    limits = Limits(warn="> 1", crit="> 3")
    lines = tuple(read_thresholds(f"v{place}", limits, {"*": "json"}) for place in range(len(wanted)))
    return monitor(expectations=lines), {f"v{place}": MAKES[health] for place, health in enumerate(wanted)}


@given(st.lists(HEALTHS, min_size=1, max_size=6))
def test_of_several_expectations_critical_counts_then_unknown_then_warning(wanted: list[Health]) -> None:
    subject, values = _each(wanted)
    expected = next(health for health in (CRITICAL, UNKNOWN, WARNING, OK) if health in wanted)
    assert judge(subject, seen(values=values), fresh()).health is expected


def test_a_verdict_names_every_expectation_that_does_not_hold_worst_first() -> None:
    subject = shop("body.depth < 100", "status == 200", 'text contains "ok"', limits=Limits(warn="> 300ms"))
    values = {"status": 503, "text": "ok", "latency": 0.5}
    verdict = judge(subject, seen(values=values), fresh())
    assert verdict.reasons == (
        "status is 503, expected 200",
        "'body.depth < 100' cannot be judged: body.depth is missing",
        "latency is 500ms (warning at latency > 300ms)",
    )
    assert verdict.summary.startswith("status is 503")
    assert verdict.measured == {"body.depth": "missing", "status": "503", "text": '"ok"', "latency": "500ms"}


def test_when_all_is_well_the_summary_is_what_the_probe_said() -> None:
    verdict = judge(shop("status == 200"), seen(values={"status": 200}, text="200 in 12 ms"), fresh())
    assert (verdict.health, verdict.summary, verdict.reasons) == (OK, "200 in 12 ms", ())


def test_a_failed_target_does_not_forget_how_long_a_value_has_been_bad() -> None:
    subject = shop(limits=Limits(crit="> 2s", recover="< 1s"))
    first = judge(subject, seen(0, {"latency": 3.0}), fresh())
    state = replace(fresh(), memory=first.memory)
    assert judge(subject, seen(1, error="reset"), state).memory == first.memory


NOTHING: st.SearchStrategy[Any] = st.sampled_from([None, math.nan, math.inf, "<html>", [], {}, True])
LINES = ["body.queue.depth < 100", "body.queue.depth > -5", "not body.queue.depth > 3", "body.queue.depth != 7"]


@given(NOTHING, st.sampled_from(LINES), st.sampled_from(["depth", "queue", "body", "all"]))
def test_what_is_not_there_never_reads_as_ok_nor_as_critical(nothing: Any, line: str, where: str) -> None:
    values: dict[str, Any] = {
        "depth": {"body": {"queue": {"depth": nothing}}},
        "queue": {"body": {"queue": nothing}},
        "body": {"body": nothing},
        "all": {},
    }[where]
    assert judge(shop(line), seen(values=values), fresh()).health is UNKNOWN
