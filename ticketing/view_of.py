"""Making views of tickets from their rows."""

from datetime import datetime

from ticketing.tables.ticket import Ticket
from ticketing.views import TicketView


def view(ticket: Ticket, due_at: datetime | None = None) -> TicketView:
    """The ticket as lists show it."""
    return TicketView(
        id=ticket.id,
        number=ticket.number,
        kind=ticket.kind,
        state=ticket.state,
        priority=ticket.priority,
        title=ticket.title,
        summary=ticket.summary,
        severity=ticket.severity,
        service=ticket.service,
        item=ticket.item,
        monitor=ticket.monitor,
        fingerprint=ticket.fingerprint,
        opened_at=ticket.opened_at,
        acknowledged_at=ticket.acknowledged_at,
        resolved_at=ticket.resolved_at,
        resolved_by=ticket.resolved_by,
        resolved_by_kind=ticket.resolved_by_kind,
        resolution_code=ticket.resolution_code,
        assignee=ticket.assignee,
        assignment_group=ticket.assignment_group,
        occurrences=ticket.occurrences,
        reopen_count=ticket.reopen_count,
        is_major=ticket.is_major,
        is_flapping=ticket.flapping_since is not None,
        is_escalated=ticket.escalated_at is not None,
        awaiting_approval_since=ticket.awaiting_approval_since,
        due_at=due_at,
        version=ticket.version,
    )
