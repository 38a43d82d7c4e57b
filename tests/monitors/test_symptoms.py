"""The line that names a ticket: the symptom in the users' words and what was measured, short and without a state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors import symptoms
from monitors.telling import tell
from tests.monitors.making import after, monitor
from watchdesk.signals import SignalKind

SHOP = monitor(title="The shop answers", symptom="The shop does not answer")


def test_a_failure_is_titled_by_the_symptom_and_what_was_measured() -> None:
    assert symptoms.failing(SHOP, "connection refused") == "The shop does not answer: connection refused"


def test_without_a_symptom_the_title_of_the_monitor_stands_before_what_was_measured() -> None:
    plain = monitor(title="Shop answers")
    assert symptoms.failing(plain, "status is 503, expected 200") == "Shop answers: status is 503, expected 200"


def test_only_the_worst_reason_stands_in_the_title() -> None:
    assert symptoms.failing(SHOP, "status is 503, expected 200; body.n is 3, expected > 4").endswith("expected 200")


@pytest.mark.parametrize(
    ("summary", "measured"),
    [
        ("CRITICAL - 97 % of 8 MiB used", "97 % of 8 MiB used"),
        ("WARNING: load 9", "load 9"),
        ("latency is 2.01s (critical at latency > 1200ms)", "latency is 2.01s, more than 1200ms"),
        ("disks[0].used is 97 (warning at disks[0].used > 90)", "disks[0].used is 97, more than 90"),
        ("CRITICALITY unclear", "CRITICALITY unclear"),
    ],
)
def test_a_title_tells_no_state(summary: str, measured: str) -> None:
    assert symptoms.failing(SHOP, summary) == f"The shop does not answer: {measured}"


def test_nothing_measured_leaves_the_symptom_alone() -> None:
    assert symptoms.failing(SHOP, "") == "The shop does not answer"


def test_what_cannot_be_seen_is_not_said_to_fail() -> None:
    title = symptoms.unseen(SHOP, "'body.n < 3' cannot be judged: body.n is missing")
    assert title == "The shop answers: cannot be seen, body.n is missing"


def test_flapping_is_a_symptom_too() -> None:
    assert symptoms.flapping(SHOP) == "The shop does not answer: comes and goes"


@given(st.text(max_size=300), st.text(min_size=1, max_size=200))
def test_a_title_is_one_line_of_at_most_80_characters(summary: str, title: str) -> None:
    found = symptoms.failing(monitor(title=title), summary)
    assert len(found) <= symptoms.LONGEST
    assert found == " ".join(found.split())


def test_the_desk_is_told_the_symptom() -> None:
    told = tell(SHOP, after("CCC", SHOP), {}, 300.0).signals
    assert [(signal.kind, signal.title) for signal in told] == [
        (SignalKind.PROBLEM, "The shop does not answer: is critical")
    ]
