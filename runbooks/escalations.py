"""Giving up on a ticket, once: automation stays off it from then on."""

from datetime import datetime

from sqlalchemy.orm import Session

from runbooks.tables import EscalationRow
from watchdesk.upsert import insert_for


def escalate_once(session: Session, ticket_id: str, runbook: str, because: str, now: datetime) -> bool:
    """Whether this was the first time for the ticket; people are to be told then, and not again."""
    row = {"ticket_id": ticket_id, "runbook": runbook, "because": because, "at": now}
    insert = insert_for(session, EscalationRow).values(row).on_conflict_do_nothing()
    return session.scalar(insert.returning(EscalationRow.ticket_id)) is not None
