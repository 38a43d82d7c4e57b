"""Heartbeats: when the next ping is due, and how late a job is. Pure arithmetic on instants.

Wall-clock schedules are expanded in the monitor's own time zone and converted to UTC before the grace is added, so
that a night with a clock change neither loses nor invents a deadline.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """What a job last told us. `at` is its last end (or the last ping of a job that tells no start).

    `failed` says that it ended by reporting a failure; `started_at` is set while a start has no end yet. A job that
    has only ever told its start has `at` None.
    """

    at: datetime | None
    failed: bool = False
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When pings are expected: every `period`, or at the times of `cron` in the time zone `tz`; one of both."""

    period: timedelta | None = None
    cron: str | None = None
    tz: str = "UTC"
    grace: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if (self.period is None) == (self.cron is None):
            message = "a heartbeat has either a period or a cron expression"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """When the next ping is due, and the last instant at which it still counts as in time."""

    due: datetime
    deadline: datetime


def expected(rhythm: Rhythm, ping: Ping) -> Expected:
    """What is expected after `ping`; a started job must also end within the grace of its start."""
    candidates = []
    if ping.at is not None:
        candidates.append(next_due(rhythm, ping.at))
    if ping.started_at is not None:
        candidates.append(ping.started_at)
    if not candidates:
        message = "a ping with neither an end nor a start says nothing"
        raise ValueError(message)
    due = min(candidates)
    return Expected(due=due, deadline=due + rhythm.grace)


def next_due(rhythm: Rhythm, after: datetime) -> datetime:
    """The first instant after `after` at which a ping is due, in UTC."""
    if rhythm.period is not None:
        return after.astimezone(UTC) + rhythm.period
    assert rhythm.cron is not None  # noqa: S101  one of both, checked at construction
    ticks = CronSim(rhythm.cron, after.astimezone(ZoneInfo(rhythm.tz)))
    # In the hour that an autumn night repeats, cronsim may answer with a time of the first pass, which is over.
    return next(due for due in (tick.astimezone(UTC) for tick in ticks) if due > after)
