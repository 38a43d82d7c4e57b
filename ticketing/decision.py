"""What the desk decided about one signal or one ticket, with the reason in words."""

from dataclasses import dataclass
from enum import StrEnum

from ticketing.tables.ticket import Ticket


class Outcome(StrEnum):
    """What came of it. `waiting` and `pending` are not final; the others are."""

    PENDING = "pending"
    WAITING = "waiting"  # for the incident of a failed parent
    OPENED = "opened"
    REOPENED = "reopened"
    COUNTED = "counted"  # one more occurrence of an open incident
    ATTACHED = "attached"  # folded into a parent's incident
    RECOVERING = "recovering"
    RESOLVED = "resolved"
    HELD = "held"  # recovered, but a person is at work
    FAILING = "failing"
    BLIND = "blind"
    SEEING = "seeing"
    FLAPPING = "flapping"
    STEADY = "steady"
    RETIRED = "retired"
    REMEDIATING = "remediating"
    PAUSED = "paused"
    MAINTENANCE = "maintenance"  # a window covers it; no ticket
    LATE = "late"  # older than what is known already; recorded, not applied
    NO_TICKET = "no_ticket"  # nothing open that it could change
    KNOWN = "known"  # decided before
    ENDED = "ended"  # the ticket is not open


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`ticket_number` is None when no ticket is concerned."""

    outcome: Outcome
    ticket_number: str | None
    reason: str
    ticket_id: str | None = None


def about(ticket: Ticket, outcome: Outcome, reason: str) -> Decision:
    """A decision about a ticket."""
    return Decision(outcome=outcome, ticket_number=ticket.number, ticket_id=ticket.id, reason=reason)
