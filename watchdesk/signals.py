"""Values that travel between monitors, ticketing and runbooks, which never import one another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from watchdesk.health import Health


class SignalKind(StrEnum):
    """What happened to a monitored condition."""

    PROBLEM = "problem"  # a hard failure began, or its severity changed
    RECOVERED = "recovered"  # hard ok after a hard problem
    BLIND = "blind"  # unknown for longer than the monitor's hold
    SEEING = "seeing"  # a known verdict again after blindness
    FLAPPING = "flapping"  # flapping began
    STEADY = "steady"  # flapping ended
    RETIRED = "retired"  # the monitor is gone from the definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One observed result, as evidence: when it was taken, the verdict, and in words what was seen."""

    at: datetime
    health: Health
    latency_s: float | None
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvePolicy:
    """When a machine may resolve: `after` fresh good samples in a row, over at least `grace`.

    A recurrence within `reopen_within` of the resolution reopens; later, or with zero, it opens a linked ticket.
    """

    after: int
    grace: timedelta
    reopen_within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSignal:
    """One monitor's condition changed in a way that others should know.

    `event_id` is unique for its source and the same when the same fact is told again. `fingerprint` names the
    condition: signals about one condition share it. `since` is the first bad sample of the problem (for a
    recovery: of the problem that ended). `parents` are failed monitors this one depends on, root cause first; a
    signal with parents is attached to their incident. `title` says the symptom of a problem in one line, without its
    state: it becomes the title of the ticket. `samples` are oldest first. `source` is who tells:
    the watch, or whoever sends events from elsewhere.
    """

    event_id: str
    kind: SignalKind
    monitor: str
    service: str
    item: str | None
    fingerprint: str
    title: str
    health: Health
    observed_at: datetime
    since: datetime
    summary: str
    measured: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    parents: tuple[str, ...] = ()
    runbook: str | None = None
    resolve: ResolvePolicy
    every: timedelta
    definition: str = ""
    definition_version: str = ""
    source: str = "watch"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryEvidence:
    """What the origin monitor shows about a recovery at this moment.

    `ok_streak` counts good hard samples in a row, the first of them at `ok_since`. `last_sample_at` is the newest
    applied sample. `is_stale` says that the newest sample is older than the monitor's rhythm allows. With
    `exists` false the monitor is gone from the definitions. `is_confirmed` says that `health` is hard: no retry may
    yet show that it was a hiccup. `samples` are the newest, oldest first.
    """

    monitor: str
    exists: bool
    health: Health
    ok_streak: int
    ok_since: datetime | None
    last_sample_at: datetime | None
    is_stale: bool
    is_flapping: bool
    unknown_since: datetime | None
    is_paused: bool = False
    is_confirmed: bool = True
    samples: tuple[Sample, ...] = ()


class RemediationState(StrEnum):
    """The life of one remediation attempt (reference/runbooks.md section 5.2)."""

    PROPOSED = "proposed"
    GATED = "gated"
    AWAITING_APPROVAL = "awaiting_approval"
    LEASED = "leased"
    RUNNING = "running"
    VERIFYING = "verifying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    ESCALATED = "escalated"
    UNKNOWN = "unknown"


class StepState(StrEnum):
    """The life of one step."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """One step as people see it; `output` is already redacted and capped."""

    id: str
    state: StepState
    exit_code: int | None
    output: str
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """One attempt of a runbook on a ticket, as it travels to tickets, pages and reports.

    `succeeded` means that the origin monitor was healthy again and stayed so; without `is_repair` the runbook only
    looked, and its success repaired nothing.
    """

    id: str
    runbook: str
    runbook_version: str
    ticket_id: str
    monitor: str
    attempt: int
    state: RemediationState
    started_at: datetime
    ended_at: datetime | None
    steps: tuple[StepReport, ...]
    reason: str = ""
    is_repair: bool = True
