"""A time limit for work that has none of its own: a server that drips its answer must not hold a runbook."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

Result = TypeVar("Result")


class OutOfTime(Exception):
    """The work was not done in time; its thread is left to end by itself."""


def within(limit: timedelta, work: Callable[[], Result]) -> Result:
    """What `work` returns or raises. Raises OutOfTime after `limit`."""
    outcome: list[Result] = []
    error: list[BaseException] = []

    def go() -> None:
        try:
            outcome.append(work())
        except Exception as raised:  # noqa: BLE001  one step's boundary: it is raised again in the caller's thread
            error.append(raised)

    thread = threading.Thread(target=go, name="step", daemon=True)
    thread.start()
    thread.join(limit.total_seconds())
    if error:
        raise error[0]
    if not outcome:
        message = f"not done within {limit.total_seconds():g} s"
        raise OutOfTime(message)
    return outcome[0]
