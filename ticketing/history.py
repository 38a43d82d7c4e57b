"""What became of incidents: the stamps that measures are made of."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import TicketKind


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentHistory:
    """One incident. `failed_at` is the first bad sample (of a reopened one: of its newest failure), `restored_at` the
    first good one of the recovery that held.
    """

    id: str
    number: str
    title: str
    service: str
    monitor: str
    priority: str
    failed_at: datetime
    opened_at: datetime
    acknowledged_at: datetime | None
    restored_at: datetime | None
    resolved_at: datetime | None
    resolution_code: str | None
    reopened: int


def incidents_opened(session: Session, since: datetime, until: datetime) -> tuple[IncidentHistory, ...]:
    """The incidents opened in [since, until), oldest first."""
    chosen = (
        select(Ticket)
        .where(Ticket.kind == TicketKind.INCIDENT, Ticket.opened_at >= since, Ticket.opened_at < until)
        .order_by(Ticket.opened_at, Ticket.number)
    )
    return tuple(_history(ticket) for ticket in session.scalars(chosen))


def _history(ticket: Ticket) -> IncidentHistory:
    return IncidentHistory(
        id=ticket.id,
        number=ticket.number,
        title=ticket.title,
        service=ticket.service or "",
        monitor=ticket.monitor or "",
        priority=ticket.priority,
        failed_at=ticket.failing_since or ticket.opened_at,
        opened_at=ticket.opened_at,
        acknowledged_at=ticket.acknowledged_at,
        restored_at=(ticket.recovered_at or ticket.resolved_at) if ticket.resolved_at else None,
        resolved_at=ticket.resolved_at,
        resolution_code=ticket.resolution_code,
        reopened=ticket.reopen_count,
    )
