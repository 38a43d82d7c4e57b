"""What happened in the thirty days before the demo was started: invented, the same every time, told backwards from now.

Nothing here is measured; what is made of it is written through the same functions as what the watch sees.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from watchdesk.health import Health

DAYS = 30


class Story(StrEnum):
    """How an incident of the past went."""

    REPAIRED = "repaired"  # by a runbook, without anybody
    APPROVED = "approved"  # by a runbook, after a person had agreed
    ESCALATED = "escalated"  # the runbook gave up, a person repaired it
    PERSON = "person"  # a person repaired it
    ITSELF = "itself"  # it was over before anybody did anything
    BLIND = "blind"  # nobody could tell for a while
    NO_INCIDENT = "no incident"  # somebody had announced it
    OPEN = "open"  # a person has it still


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One incident: which monitor failed, from when to when, and how it went. `until` is None while it lasts."""

    monitor: str
    story: Story
    since: datetime
    until: datetime | None

    @property
    def health(self) -> Health:
        if self.story is Story.BLIND:
            return Health.UNKNOWN
        return Health.WARNING if self.story is Story.OPEN else Health.CRITICAL

    @property
    def over(self) -> datetime:
        """When it ended. Raises ValueError for one that lasts."""
        if self.until is None:
            message = f"the failure of {self.monitor} lasts"
            raise ValueError(message)
        return self.until


@dataclass(frozen=True, slots=True)
class Says:
    """What a monitor shows when all is well and when it fails, and its usual latency in seconds."""

    fine: str
    failing: str
    usual_s: float


SAYS = {
    "demo-shop": Says("200 in 4 ms", "connection refused", 0.004),
    "demo-search": Says("200 in 9 ms", "no answer within 900 ms", 0.009),
    "demo-catalogue": Says("200 in 5 ms", "body.status is not there: the body is not JSON", 0.005),
    "demo-checkout": Says("200 in 12 ms", "latency is 2.01s (critical at latency > 1200ms)", 0.012),
    "demo-order-database": Says("orders 200 in 3 ms", "database is locked", 0.003),
    "demo-order-worker": Says("the last ping came in time", "no ping since the deadline", 0.0005),
    "demo-uploads": Says("OK - 14 % of 8 MiB used", "CRITICAL - 97 % of 8 MiB used", 0.02),
    "demo-certificate": Says("handshake in 3 ms, certificate valid for 1.9 days", "certificate has expired", 0.003),
    "demo-tracking": Says("200 in 15 ms", "503 in 14 ms", 0.015),
    "demo-tracking-api": Says("200 in 8 ms", "503 in 7 ms", 0.008),
    "demo-tracking-store": Says("200 in 4 ms", "connection refused", 0.004),
    "demo-backup": Says("changed 3 h ago", "age is 1d2h (warning at age > 26h)", 0.0003),
}
CHAIN = {"demo-tracking-store": ("demo-tracking-api", "demo-tracking")}  # who fails with whom, nearest first

_TOLD: tuple[tuple[float, str, Story, float], ...] = (  # days ago, monitor, story, seconds
    (29.31, "demo-shop", Story.REPAIRED, 14),
    (28.63, "demo-uploads", Story.REPAIRED, 22),
    (27.87, "demo-order-worker", Story.REPAIRED, 19),
    (27.22, "demo-catalogue", Story.BLIND, 380),
    (26.12, "demo-tracking-store", Story.REPAIRED, 21),
    (25.04, "demo-certificate", Story.APPROVED, 540),
    (24.41, "demo-checkout", Story.PERSON, 2100),
    (23.52, "demo-shop", Story.REPAIRED, 12),
    (22.71, "demo-uploads", Story.REPAIRED, 25),
    (21.84, "demo-search", Story.REPAIRED, 18),
    (20.23, "demo-order-database", Story.APPROVED, 410),
    (19.58, "demo-checkout", Story.REPAIRED, 16),
    (18.33, "demo-tracking-store", Story.ESCALATED, 2900),
    (17.46, "demo-search", Story.ITSELF, 45),
    (16.39, "demo-uploads", Story.REPAIRED, 21),
    (15.12, "demo-shop", Story.REPAIRED, 13),
    (14.21, "demo-order-worker", Story.REPAIRED, 23),
    (12.94, "demo-catalogue", Story.BLIND, 150),
    (11.67, "demo-checkout", Story.REPAIRED, 15),
    (10.28, "demo-uploads", Story.REPAIRED, 24),
    (9.11, "demo-order-database", Story.PERSON, 1320),
    (8.24, "demo-shop", Story.REPAIRED, 15),
    (7.43, "demo-search", Story.NO_INCIDENT, 600),
    (6.18, "demo-tracking-store", Story.REPAIRED, 20),
    (5.29, "demo-checkout", Story.REPAIRED, 17),
    (4.62, "demo-uploads", Story.REPAIRED, 23),
    (3.87, "demo-shop", Story.ESCALATED, 1500),
    (3.14, "demo-order-worker", Story.REPAIRED, 20),  # younger repairs would be shown in Prefect as if they were real
    (2.51, "demo-order-database", Story.PERSON, 900),
    (1.38, "demo-search", Story.ITSELF, 40),
)
BACKUP_FAILING_FOR = timedelta(hours=24)  # its file is 50 h old, and 26 h are allowed


def past_until(now: datetime) -> tuple[Past, ...]:
    """Everything that happened, oldest first."""
    told = [
        Past(monitor=monitor, story=story, since=since, until=since + timedelta(seconds=lasts_s))
        for days_ago, monitor, story, lasts_s in _TOLD
        for since in (now - timedelta(days=days_ago),)
    ]
    still = Past(monitor="demo-backup", story=Story.OPEN, since=now - BACKUP_FAILING_FOR, until=None)
    return (*told, still)
