"""The human guard: whether a person is at work on a ticket, so that no machine may take it from them.

A group as assignee, the machine's own escalation and mere reading do not count.
"""

from datetime import datetime

from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import ActorKind, TicketState


def holder(ticket: Ticket, now: datetime) -> str | None:
    """Who is at work on it and how one knows, as a clause without a full stop; None when nobody is."""
    if ticket.state == TicketState.ON_HOLD:
        return f"it is on hold for {ticket.hold_reason}"
    if ticket.acknowledged_at is not None:
        return f"{ticket.acknowledged_by} acknowledged it"
    if ticket.assignee is not None and ticket.assigned_by_kind == ActorKind.PERSON:
        return f"a person assigned it to {ticket.assignee}"
    if ticket.noted_at is not None:
        return f"{ticket.noted_by} wrote a note on it"
    if ticket.drafting_until is not None and ticket.drafting_until > now:
        return f"{ticket.drafting_by} is writing on its page"
    return None


def is_person_at_work(ticket: Ticket, now: datetime) -> bool:
    return holder(ticket, now) is not None
