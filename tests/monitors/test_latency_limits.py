"""Limits on latency, as a graph draws them."""

import pytest

from monitors.latency_limits import LatencyLimit, latency_limits
from monitors.thresholds import Limits
from tests.monitors.test_verdict import shop
from watchdesk.health import Health


def test_thresholds_on_latency_are_limits_the_lowest_first() -> None:
    found = latency_limits(shop("status == 200", limits=Limits(warn="> 600ms", crit="> 1200ms")))
    assert found == (LatencyLimit(0.6, Health.WARNING), LatencyLimit(1.2, Health.CRITICAL))


def test_a_plain_expectation_of_latency_is_a_critical_limit() -> None:
    assert latency_limits(shop("latency < 400ms")) == (LatencyLimit(0.4, Health.CRITICAL),)


@pytest.mark.parametrize("line", ["status == 200", "status < 500", 'text contains "ok"'])
def test_what_does_not_speak_of_latency_is_no_limit(line: str) -> None:
    assert latency_limits(shop(line)) == ()
