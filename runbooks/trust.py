"""Guards about trust: a runbook does by itself only what its owner, or a person for this once, allows."""

from sqlalchemy.orm import Session

from runbooks import proposal
from runbooks.guards import Denial, Request
from runbooks.model import TrustLevel

NEEDS_NOBODY = {TrustLevel.AUTOMATIC, TrustLevel.APPROVE}  # the latter is asked for by the next guard


def refuse_without_trust(_: Session, request: Request) -> Denial | None:
    """Observing and suggesting runbooks never run by themselves; the refusal says what would have run."""
    level = request.runbook.trust.level
    if level in NEEDS_NOBODY:
        return None
    plan = request.plan
    would = "; ".join(f"{step.id}: {step.does}" for step in plan.steps) if plan else ""
    verb = "observes only; it would have run" if level is TrustLevel.OBSERVE else "suggests only; it proposes"
    return Denial(
        guard="trust",
        reason=f"{request.runbook.id} {verb} {would}",
        numbers={"level": level, "plan": plan.hash if plan else ""},
    )


def refuse_without_approval(session: Session, request: Request) -> Denial | None:
    """A runbook at level 'approve' needs an unexpired approval of exactly this plan."""
    plan = request.plan
    if request.runbook.trust.level is not TrustLevel.APPROVE or request.remediation is not None or plan is None:
        return None
    waiting = proposal.newest(session, request.trigger.ticket_id, plan.hash, request.now)
    if waiting is not None and waiting.state == proposal.APPROVED:
        return None
    if waiting is not None and waiting.state == proposal.DECLINED:
        reason = f"plan {plan.hash[:12]} was declined by {waiting.decided_by}"
    else:
        reason = f"plan {plan.hash[:12]} waits for a person's approval"
    return Denial(guard="approval", reason=reason, numbers={"plan": plan.hash})
