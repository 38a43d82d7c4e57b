"""Time: the only place that reads the clock, and the arithmetic on instants that everybody shares."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Tells the time to whoever was handed one."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic_s(self) -> float:
        """Seconds on a clock that never steps and goes on while the machine sleeps, for elapsed times only."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)


def to_epoch_ms(instant: datetime) -> int:
    """Whole milliseconds since 1970-01-01T00:00Z, rounded down."""
    return (instant - EPOCH) // MILLISECOND


def from_epoch_ms(epoch_ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=epoch_ms)
