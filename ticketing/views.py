"""Tickets as pages, commands and other packages see them: frozen values, named as in the published JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ticketing.watched import Watched
from watchdesk.signals import ResolvePolicy, Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """One ticket in a list. `due_at` is the nearest promised time that still runs, None without one.

    `summary` is what was seen last; `severity` the health that the priority was derived from.
    """

    id: str
    number: str
    kind: str
    state: str
    priority: str
    title: str
    summary: str
    severity: str | None
    service: str | None
    item: str | None
    monitor: str | None
    fingerprint: str | None
    opened_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    resolved_by_kind: str | None
    resolution_code: str | None
    assignee: str | None
    assignment_group: str | None
    occurrences: int
    reopen_count: int
    is_major: bool
    is_flapping: bool
    is_escalated: bool
    awaiting_approval_since: datetime | None
    due_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One row of the timeline. `text` says what happened and why; the states are equal when it was no move."""

    seq: int
    at: datetime
    actor_kind: str
    actor: str
    kind: str
    visibility: str
    text: str
    from_state: str | None
    to_state: str | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """One bundle of samples, oldest first, and the facts it was judged by."""

    phase: str
    monitor: str
    taken_at: datetime
    summary: str
    samples: tuple[Sample, ...]
    facts: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """One condition that belongs to a ticket, as primary or member; `ended_as` is None while it fails."""

    monitor: str
    fingerprint: str
    role: str
    service: str
    title: str
    summary: str
    health: str
    since: datetime
    observed_at: datetime
    ended_at: datetime | None
    ended_as: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDetail:
    """One ticket with all that is known of it.

    `held_by` says who is at work on it, so that the machine leaves it alone; None when nobody is. `problem`,
    `recurrence_of` and `incidents` (of a problem) are ticket numbers.
    """

    ticket: TicketView
    impact: int
    urgency: int
    derivation: str
    measured: Mapping[str, str]
    definition: str
    definition_version: str
    runbook: str | None
    policy: ResolvePolicy
    failing_since: datetime | None
    last_failure_at: datetime | None
    blind_since: datetime | None
    recovered_at: datetime | None
    recovery_posted_at: datetime | None
    escalated_at: datetime | None
    acknowledged_by: str | None
    hold_reason: str | None
    hold_until: datetime | None
    resolution_note: str | None
    held_by: str | None
    recurrence_of: str | None
    problem: str | None
    incidents: tuple[str, ...]
    timeline: tuple[EntryView, ...]
    evidence: tuple[EvidenceView, ...]
    members: tuple[MemberView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIncident:
    """An open incident about a monitor, as the loop needs it. `since` is the first bad sample.

    `version` grows with every change of its ticket. `watched` is what `recovery.has_something_to_say` looks at.
    """

    id: str
    version: int
    number: str
    state: str
    monitor: str
    fingerprint: str
    service: str
    item: str | None
    severity: str
    runbook: str | None
    since: datetime
    opened_at: datetime
    is_person_at_work: bool
    is_escalated: bool
    watched: Watched


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """One thing the desk was told and what it decided; `ticket` is a number, None when no ticket is concerned."""

    event_id: str
    source: str
    kind: str
    fingerprint: str
    observed_at: datetime
    received_at: datetime
    outcome: str
    reason: str
    ticket: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipCounts:
    """How many tickets stand behind each chip of the list."""

    unassigned: int
    mine: int
    open: int
    due_today: int
    waiting_for_approval: int
    resolved_by_machine: int
    all: int
