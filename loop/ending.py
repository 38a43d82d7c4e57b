"""Ending a remediation: its state, the word on the ticket, and escalation when the attempts are used up."""

from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from runbooks import journal, queries
from runbooks.escalations import escalate_once
from runbooks.journal import Hold
from runbooks.model import Runbook
from runbooks.tables import RemediationRow
from ticketing import remediations
from watchdesk.signals import RemediationState

log = structlog.get_logger(__name__)
HARMLESS = {RemediationState.SUCCEEDED, RemediationState.GATED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How it ends. `is_final` says that no further attempt can help, whatever the limits allow."""

    state: RemediationState
    reason: str
    is_final: bool = False


def end(session: Session, hold: Hold, runbook: Runbook | None, ending: Ending, now: datetime) -> None:
    """Write everything about the end, in the caller's transaction. Raises RemediationTakenOver."""
    row = journal.assert_held(session, hold)
    because = _why_people_are_needed(session, row, runbook, ending)
    gives_up = because is not None and escalate_once(session, row.ticket_id, row.runbook, because, now)
    state = RemediationState.ESCALATED if gives_up and ending.state is RemediationState.FAILED else ending.state
    row = journal.settle(session, hold, state, ending.reason, now)
    (remediation,) = queries.reports(session, [row])
    if runbook is not None and runbook.verify is None:
        remediation = replace(remediation, is_repair=False)
    remediations.finished(session, row.ticket_id, remediation, now)
    if gives_up and because is not None:
        remediations.escalate(session, row.ticket_id, because, now)
    log.info("remediation ended", remediation=row.id, runbook=row.runbook, state=state.value, reason=ending.reason)


def _why_people_are_needed(
    session: Session, row: RemediationRow, runbook: Runbook | None, ending: Ending
) -> str | None:
    if ending.state in HARMLESS or (runbook is not None and (not runbook.escalate or runbook.verify is None)):
        return None
    if runbook is None or ending.is_final:
        return f"runbook {row.runbook} ended {ending.state}: {ending.reason}"
    made = _attempts_made(session, row, runbook)
    if made < runbook.limits.attempts.max:
        return None
    return f"runbook {row.runbook} did not repair it in {made} attempts; the last: {ending.reason}"


def _attempts_made(session: Session, row: RemediationRow, runbook: Runbook) -> int:
    """The attempts that count, this one included."""
    per = runbook.limits.attempts.per
    scope = (
        (RemediationRow.ticket_id == row.ticket_id,)
        if per is None
        else (RemediationRow.target == row.target, RemediationRow.created_at > row.created_at - per)
    )
    counted = select(func.count()).where(
        RemediationRow.runbook == row.runbook, RemediationRow.state != RemediationState.GATED.value, *scope
    )
    return session.scalar(counted) or 0
