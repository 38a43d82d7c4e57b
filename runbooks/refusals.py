"""Refusals: what did not run and why; the same again is counted, not repeated."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from runbooks.guards import Denial
from runbooks.tables import RefusalRow
from watchdesk.upsert import insert_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a runbook did not run on a ticket: the newest reason of one guard, and how often it said so."""

    runbook: str
    guard: str
    reason: str
    numbers: dict[str, str | int | float]
    count: int
    first_at: datetime
    last_at: datetime


def record(session: Session, ticket_id: str, runbook: str, denial: Denial, now: datetime) -> Refusal:
    """Write it down; `count` is 1 when this guard says it for the first time on this ticket."""
    row = {
        "ticket_id": ticket_id,
        "runbook": runbook,
        "guard": denial.guard,
        "reason": denial.reason,
        "numbers": json.dumps(denial.numbers),
        "count": 1,
        "first_at": now,
        "last_at": now,
    }
    insert = insert_for(session, RefusalRow).values(row)
    again = {name: insert.excluded[name] for name in ("reason", "numbers", "last_at")}
    statement = insert.on_conflict_do_update(
        index_elements=["ticket_id", "runbook", "guard"], set_={**again, "count": RefusalRow.count + 1}
    ).returning(RefusalRow)
    return _refusal(session.scalars(statement, execution_options={"populate_existing": True}).one())


def of_ticket(session: Session, ticket_id: str) -> tuple[Refusal, ...]:
    """The refusals of a ticket, in the order in which each was first heard."""
    rows = session.scalars(select(RefusalRow).where(RefusalRow.ticket_id == ticket_id).order_by(RefusalRow.id))
    return tuple(_refusal(row) for row in rows)


def _refusal(row: RefusalRow) -> Refusal:
    return Refusal(
        runbook=row.runbook,
        guard=row.guard,
        reason=row.reason,
        numbers=json.loads(row.numbers),
        count=row.count,
        first_at=row.first_at,
        last_at=row.last_at,
    )
