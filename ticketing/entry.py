"""An entry of the timeline before it is sealed: what happened, who did it, why, and who is to be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ticketing.outbox import Operation
from ticketing.vocabulary import Actor


class EntryKind(StrEnum):
    """What sort of thing happened to a ticket."""

    OPENED = "opened"
    OCCURRED = "occurred"
    SEVERITY_CHANGED = "severity_changed"
    MEMBER_ATTACHED = "member_attached"
    MEMBER_ENDED = "member_ended"
    RECOVERING = "recovering"
    FAILED_AGAIN = "failed_again"
    RECOVERED = "recovered"
    BLIND = "blind"
    SEEING = "seeing"
    FLAPPING = "flapping"
    STEADY = "steady"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    ACKNOWLEDGED = "acknowledged"
    WORK_STARTED = "work_started"
    ASSIGNED = "assigned"
    NOTED = "noted"
    HELD = "held"
    HOLD_ENDED = "hold_ended"
    RELEASED = "released"
    MAJOR_CHANGED = "major_changed"
    APPROVAL_AWAITED = "approval_awaited"
    REMEDIATION_STARTED = "remediation_started"
    REMEDIATION_FINISHED = "remediation_finished"
    REMEDIATION_REFUSED = "remediation_refused"
    RUNBOOK_CHANGED = "runbook_changed"
    ESCALATED = "escalated"
    SERVICE_LEVEL = "service_level"
    REMINDED = "reminded"
    PROBLEM_LINKED = "problem_linked"
    MERGED = "merged"


class Visibility(StrEnum):
    """Who may read an entry: everybody, the desk, or only those who look into the machine."""

    PUBLIC = "public"
    INTERNAL = "internal"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`text` says what happened and why, in a sentence. With `tell` the outbox carries the change outside."""

    kind: EntryKind
    text: str
    actor: Actor
    facts: Mapping[str, Any] = field(default_factory=dict)
    visibility: Visibility = Visibility.INTERNAL
    tell: Operation | None = None
