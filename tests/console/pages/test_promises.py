"""What is left of a promise, as a ticket's page tells it: to the second, though clocks are measured now and then."""

from datetime import timedelta
from typing import Any

import pytest

from console.http.pages.ticket import promise
from tests.clock import START
from ticketing.clocks import ClockView
from ticketing.service_level import ClockState, Promise

MINUTE = timedelta(minutes=1)


def clock(**given: Any) -> ClockView:
    """Fifteen minutes from START on, last measured after one."""
    usual: dict[str, Any] = {
        "promise": Promise.RESPOND,
        "within": 15 * MINUTE,
        "state": ClockState.RUNNING,
        "started_at": START,
        "elapsed": MINUTE,
        "due_at": START + 15 * MINUTE,
        "breached_at": None,
        "completed_at": None,
        "calendar": "always",
        "tz": "UTC",
    }
    return ClockView(**(usual | given))


@pytest.mark.parametrize(
    ("given", "after", "left", "kind"),
    [
        ({}, 5, 10, "left"),
        ({}, 13, 2, "soon"),
        ({}, 20, -5, "late"),
        ({"calendar": "office"}, 5, 14, "left"),
        ({"calendar": "office"}, 20, -5, "late"),
        ({"state": ClockState.PAUSED, "due_at": None}, 60, 14, "left"),
    ],
)
def test_what_is_left_is_as_of_now(given: dict[str, Any], after: int, left: int, kind: str) -> None:
    _, drawn, found = promise(clock(**given), START + after * MINUTE)
    assert (found, drawn.kind) == (left * MINUTE, kind)


def test_a_kept_promise_keeps_the_time_it_took() -> None:
    kept = clock(state=ClockState.KEPT, completed_at=START + MINUTE)
    _, drawn, left = promise(kept, START + 600 * MINUTE)
    assert (left, drawn.kind) == (14 * MINUTE, "left")
