"""When earlier incidents of the same kind say that a promised time will not be kept."""

from collections.abc import Sequence
from datetime import timedelta
from statistics import median

FEWEST = 3


def foreseen_after(durations: Sequence[timedelta], within: timedelta) -> timedelta | None:
    """How much time must have been used up before a breach is to be expected; None when it never is.

    A breach is expected once half of those earlier incidents that had lasted as long took longer than the promise.
    Fewer than three of them prove nothing.
    """
    for used in (timedelta(0), *sorted(set(durations))):
        longer = [duration for duration in durations if duration > used]
        if len(longer) < FEWEST or used >= within:
            return None
        if median(duration.total_seconds() for duration in longer) > within.total_seconds():
            return used
    return None
