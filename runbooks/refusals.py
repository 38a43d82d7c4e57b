"""Refusals: what did not run and why; counted by occasions, however often a guard is asked on one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from runbooks.guards import Denial, Number, Request
from runbooks.tables import RefusalRow, RemediationRow
from watchdesk.upsert import insert_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a runbook did not run on a ticket: the newest reason of one guard, and on how many occasions it said no."""

    runbook: str
    guard: str
    reason: str
    numbers: dict[str, str | int | float]
    count: int
    first_at: datetime
    last_at: datetime


def record(session: Session, request: Request, denial: Denial) -> bool:
    """Write it down; True on a new occasion, which counts. The same again only renews the reason and its numbers."""
    is_new = _is_new_occasion(session, request, denial)
    row = {
        "ticket_id": request.trigger.ticket_id,
        "runbook": request.runbook.id,
        "guard": denial.guard,
        "reason": denial.reason,
        "numbers": json.dumps(denial.numbers),
        "count": 1,
        "first_at": request.now,
        "last_at": request.now,
    }
    insert = insert_for(session, RefusalRow).values(row)
    again = {name: insert.excluded[name] for name in ("reason", "numbers", "last_at")}
    counted = {"count": RefusalRow.count + 1} if is_new else {}
    session.execute(
        insert.on_conflict_do_update(index_elements=["ticket_id", "runbook", "guard"], set_={**again, **counted})
    )
    return is_new


def of_ticket(session: Session, ticket_id: str) -> tuple[Refusal, ...]:
    """The refusals of a ticket, in the order in which each was first heard."""
    rows = session.scalars(select(RefusalRow).where(RefusalRow.ticket_id == ticket_id).order_by(RefusalRow.id))
    return tuple(_refusal(row) for row in rows)


def _is_new_occasion(session: Session, request: Request, denial: Denial) -> bool:
    """Whether the last no was another one: of another guard or about something else (another plan, say), or before
    an attempt, or before the failure that is at hand began.
    """
    ticket, runbook = request.trigger.ticket_id, request.runbook.id
    mine = (RefusalRow.ticket_id == ticket, RefusalRow.runbook == runbook)
    newest = session.scalars(select(RefusalRow).where(*mine).order_by(RefusalRow.last_at.desc()).limit(1)).first()
    if newest is None or newest.guard != denial.guard or newest.last_at < request.trigger.since:
        return True
    attempts = select(func.max(RemediationRow.created_at)).where(
        RemediationRow.ticket_id == ticket, RemediationRow.runbook == runbook
    )
    attempted_at = session.scalar(attempts)
    if attempted_at is not None and attempted_at > newest.last_at:
        return True
    return _named(json.loads(newest.numbers)) != _named(denial.numbers)


def _named(numbers: Mapping[str, Number]) -> dict[str, Number]:
    """What a refusal is about by name; amounts change from one look to the next."""
    return {name: value for name, value in numbers.items() if isinstance(value, str)}


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
