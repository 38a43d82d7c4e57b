"""What became of incidents: the stamps that measures are made of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import OPEN, TicketKind

STAMPS = (
    "id", "number", "title", "service", "monitor", "priority", "failing_since", "opened_at", "acknowledged_at",
    "recovered_at", "resolved_at", "resolution_code", "reopen_count",
    "state",
)  # fmt: skip


NAMES_A_QUERY = 500  # databases limit the values of one statement


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
    is_open: bool


def incidents_opened(session: Session, since: datetime, until: datetime) -> tuple[IncidentHistory, ...]:
    """The incidents opened in [since, until), oldest first."""
    chosen = (
        select(
            *(getattr(Ticket, name) for name in STAMPS)
        )  # columns: thousands of whole tickets take five times as long
        .where(Ticket.kind == TicketKind.INCIDENT, Ticket.opened_at >= since, Ticket.opened_at < until)
        .order_by(Ticket.opened_at, Ticket.number)
    )
    return tuple(_history(row) for row in session.execute(chosen))


def services_by_monitor(session: Session, monitors: Collection[str]) -> dict[str, str]:
    """The service of each monitor's newest incident; monitors that never had one are left out."""
    found: dict[str, str] = {}
    names = sorted(monitors)
    for begin in range(0, len(names), NAMES_A_QUERY):
        chosen = (
            select(Ticket.monitor, Ticket.service)
            .where(Ticket.kind == TicketKind.INCIDENT, Ticket.monitor.in_(names[begin : begin + NAMES_A_QUERY]))
            .order_by(Ticket.opened_at, Ticket.number)
        )
        found |= {row.monitor: row.service for row in session.execute(chosen) if row.service}
    return found


def _history(row: Row[Any]) -> IncidentHistory:
    return IncidentHistory(
        id=row.id,
        number=row.number,
        title=row.title,
        service=row.service or "",
        monitor=row.monitor or "",
        priority=row.priority,
        failed_at=row.failing_since or row.opened_at,
        opened_at=row.opened_at,
        acknowledged_at=row.acknowledged_at,
        restored_at=(row.recovered_at or row.resolved_at) if row.resolved_at else None,
        resolved_at=row.resolved_at,
        resolution_code=row.resolution_code,
        reopened=row.reopen_count,
        is_open=row.state in OPEN,
    )
