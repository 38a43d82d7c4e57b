"""Stored plans that wait for a person: proposed, approved or declined, used once, replaced by another, or expired."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from runbooks.errors import PlanStale
from runbooks.model import Trigger
from runbooks.plan import Plan
from runbooks.tables import ProposalRow
from watchdesk.errors import NotFound, Refused
from watchdesk.ids import new_id

WAITING, APPROVED, DECLINED, EXPIRED, USED = "waiting", "approved", "declined", "expired", "used"
WITHDRAWN, REPLACED = "withdrawn", "replaced"
SHORTEST_HASH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A stored plan and what a person said to it. `plan` is its JSON."""

    id: str
    hash: str
    ticket_id: str
    ticket_number: str
    runbook: str
    runbook_version: str
    plan: str
    state: str
    created_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None


def propose(session: Session, trigger: Trigger, plan: Plan, now: datetime, lifetime: timedelta) -> Proposal | None:
    """Store the plan; None when this very plan waits already, or was declined and has not expired."""
    _replace_others(session, trigger.ticket_id, plan)
    if newest(session, trigger.ticket_id, plan.hash, now) is not None:
        return None
    row = ProposalRow(
        id=new_id(now),
        hash=plan.hash,
        ticket_id=trigger.ticket_id,
        ticket_number=trigger.ticket_number,
        runbook=plan.runbook,
        runbook_version=plan.runbook_version,
        plan=plan.to_json(),
        state=WAITING,
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(row)
    session.flush()
    return _proposal(row)


def _replace_others(session: Session, ticket_id: str, plan: Plan) -> None:
    """What waits for the ticket from earlier definitions or parameters cannot run any more."""
    session.execute(
        update(ProposalRow)
        .where(
            ProposalRow.ticket_id == ticket_id,
            ProposalRow.runbook == plan.runbook,
            ProposalRow.hash != plan.hash,
            ProposalRow.state == WAITING,
        )
        .values(state=REPLACED)
    )


def newest(session: Session, ticket_id: str, plan_hash: str, now: datetime) -> Proposal | None:
    """The newest unexpired and unused proposal of this very plan for the ticket."""
    row = session.scalars(
        select(ProposalRow)
        .where(
            ProposalRow.ticket_id == ticket_id,
            ProposalRow.hash == plan_hash,
            ProposalRow.state.in_((WAITING, APPROVED, DECLINED)),
            ProposalRow.expires_at > now,
        )
        .order_by(ProposalRow.created_at.desc())
        .limit(1)
    ).first()
    return None if row is None else _proposal(row)


def find(session: Session, plan_hash: str, now: datetime) -> Proposal:
    """The waiting proposal whose hash begins so. Raises NotFound, or PlanStale when it has expired or was decided."""
    if len(plan_hash) < SHORTEST_HASH or not all(sign in "0123456789abcdef" for sign in plan_hash):
        message = f"'{plan_hash}' is not a plan's hash; give at least {SHORTEST_HASH} of its hexadecimal digits"
        raise NotFound(message)
    rows = session.scalars(
        select(ProposalRow).where(ProposalRow.hash.startswith(plan_hash)).order_by(ProposalRow.created_at.desc())
    ).all()
    if not rows:
        message = f"no plan with the hash '{plan_hash}' was ever stored"
        raise NotFound(message)
    if len({row.hash for row in rows}) > 1:
        message = f"more than one plan begins with '{plan_hash}'; give more digits"
        raise NotFound(message)
    row = rows[0]
    if row.state == REPLACED:
        message = (
            f"plan {row.hash[:12]} was replaced, as the runbook, its parameters or its target have changed; "
            f"look at the new plan of {row.ticket_number} and approve that"
        )
        raise PlanStale(message)
    if row.state != WAITING:
        is_decided = row.state in {APPROVED, DECLINED, USED}
        message = f"plan {row.hash[:12]} is {row.state} already" + (f" by {row.decided_by}" if is_decided else "")
        raise PlanStale(message)
    if row.expires_at <= now:
        message = f"plan {row.hash[:12]} expired at {row.expires_at.isoformat()}; wait for the next one"
        raise PlanStale(message)
    return _proposal(row)


def decide(session: Session, proposal: Proposal, state: str, who: str, now: datetime) -> None:
    """Approve or decline, by compare-and-set. Raises Refused when somebody else was first."""
    if not who.strip():
        message = "a decision about a plan needs a name (--as)"
        raise Refused(message)
    if not _move(session, proposal.id, WAITING, {"state": state, "decided_by": who, "decided_at": now}):
        message = f"plan {proposal.hash[:12]} was decided by somebody else just now"
        raise Refused(message)


def use(session: Session, ticket_id: str, plan_hash: str, now: datetime) -> str | None:
    """Use the approval up; returns who gave it, None when there is none."""
    found = newest(session, ticket_id, plan_hash, now)
    if found is None or not _move(session, found.id, APPROVED, {"state": USED}):
        return None
    return found.decided_by


def withdraw(session: Session, ticket_id: str, runbook: str) -> int:
    """Take back what a runbook proposed for a ticket that is not its own any more; how many plans there were."""
    mine = (ProposalRow.ticket_id == ticket_id, ProposalRow.runbook == runbook)
    undone = (*mine, ProposalRow.state.in_((WAITING, APPROVED)))
    return session.connection().execute(update(ProposalRow).where(*undone).values(state=WITHDRAWN)).rowcount


def waiting(session: Session, now: datetime) -> tuple[Proposal, ...]:
    """All proposals a person could decide now, oldest first."""
    rows = session.scalars(
        select(ProposalRow)
        .where(ProposalRow.state == WAITING, ProposalRow.expires_at > now)
        .order_by(ProposalRow.created_at)
    )
    return tuple(_proposal(row) for row in rows)


def _move(session: Session, proposal: str, old: str, values: dict[str, object]) -> bool:
    statement = update(ProposalRow).where(ProposalRow.id == proposal, ProposalRow.state == old).values(values)
    return session.connection().execute(statement).rowcount == 1


def _proposal(row: ProposalRow) -> Proposal:
    return Proposal(**{name: getattr(row, name) for name in Proposal.__slots__})
