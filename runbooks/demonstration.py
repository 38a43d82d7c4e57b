"""Removing what runbooks did in a demonstration, without a trace."""

from collections.abc import Collection

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from runbooks.tables import EscalationRow, ProposalRow, RefusalRow, RemediationRow, RemediationStepRow

OF_TICKETS = (RefusalRow, ProposalRow, EscalationRow)


def remove(session: Session, monitors: Collection[str], ticket_ids: Collection[str]) -> tuple[str, ...]:
    """Delete every remediation of these monitors and tickets, with steps, refusals and plans; returns their ids."""
    row = RemediationRow
    mine = or_(row.monitor.in_(monitors), row.ticket_id.in_(ticket_ids))
    chosen = tuple(session.scalars(select(row.id).where(mine)))
    session.execute(delete(RemediationStepRow).where(RemediationStepRow.remediation_id.in_(chosen)))
    session.execute(delete(row).where(row.id.in_(chosen)))
    for table in OF_TICKETS:
        session.execute(delete(table).where(table.ticket_id.in_(ticket_ids)))
    return chosen
