"""Guards that count: escalated, at once, attempts, cooldown, rate, breaker. A running one never counts itself."""

import hashlib
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from runbooks.guards import Denial, Request
from runbooks.model import Backoff, Runbook
from runbooks.tables import LIVE_STATES, EscalationRow, RemediationRow
from watchdesk.definitions.quantities import format_duration
from watchdesk.signals import RemediationState

SHARE_STARTS_AT = 5  # members; of fewer a percentage says nothing
BREAKER_LOOKS_BACK = 200
GATED = RemediationState.GATED.value


def refuse_after_escalation(session: Session, request: Request) -> Denial | None:
    row = session.get(EscalationRow, request.trigger.ticket_id)
    if row is None:
        return None
    return Denial(
        guard="escalated",
        reason=f"{request.trigger.ticket_number} was escalated to people: {row.because}",
        numbers={"escalated_at": row.at.isoformat()},
    )


def refuse_a_second_on_the_target(session: Session, request: Request) -> Denial | None:
    target = request.trigger.target
    row = session.scalars(
        select(RemediationRow).where(
            RemediationRow.target == target, RemediationRow.state.in_(LIVE_STATES), _others(request)
        )
    ).first()
    if row is None:
        return None
    return Denial(
        guard="exclusion",
        reason=f"{row.runbook} is at work on {target} for {row.ticket_number}",
        numbers={"remediation": row.id, "since": row.created_at.isoformat()},
    )


def refuse_too_many_at_once(session: Session, request: Request) -> Denial | None:
    running = session.scalars(
        select(RemediationRow).where(
            RemediationRow.runbook == request.runbook.id, RemediationRow.state.in_(LIVE_STATES), _others(request)
        )
    ).all()
    most = allowed_at_once(request.runbook, len(request.catalogue.items))
    if len(running) >= most:
        return Denial(
            guard="concurrency",
            reason=f"{len(running)} of {request.runbook.id} run already, and {most} may at once",
            numbers={"running": len(running), "max": most},
        )
    return _refuse_by_domain(request, running)


def allowed_at_once(runbook: Runbook, items: int) -> int:
    """How many targets may be repaired at once; a share counts the items, from five on."""
    limit = runbook.limits.concurrency
    if limit.share is None:
        return limit.max or 1
    share = math.floor(limit.share * items) if items >= SHARE_STARTS_AT else 0
    return max(limit.at_least, share)


def _refuse_by_domain(request: Request, running: Sequence[RemediationRow]) -> Denial | None:
    """One failure domain at a time, so that a wrong repair cannot take down two (R9)."""
    domain = request.item.domain if request.item else None
    elsewhere = next((row for row in running if domain and row.domain and row.domain != domain), None)
    if elsewhere is not None:
        return Denial(
            guard="concurrency",
            reason=f"{request.runbook.id} is at work in the failure domain {elsewhere.domain}, so {domain} waits",
            numbers={"domain": domain or "", "busy": elsewhere.domain or ""},
        )
    most = request.runbook.limits.concurrency.per_domain
    here = sum(row.domain == domain for row in running)
    if most is None or domain is None or here < most:
        return None
    return Denial(
        guard="concurrency",
        reason=f"{here} run in the failure domain {domain} already, and {most} may",
        numbers={"running": here, "per_domain": most},
    )


def refuse_more_attempts(session: Session, request: Request) -> Denial | None:
    """Attempts to repair are limited as declared; a runbook that only looks does so once per incident."""
    if request.runbook.verify is None:
        return _refuse_to_look_again(session, request)
    limit = request.runbook.limits.attempts
    made = attempts_made(session, request)
    if made < limit.max:
        return None
    per = "this incident" if limit.per is None else f"{request.trigger.target} within {format_duration(limit.per)}"
    return Denial(
        guard="attempts",
        reason=f"{made} of {limit.max} attempts for {per} are used up",
        numbers={"made": made, "max": limit.max},
    )


def _refuse_to_look_again(session: Session, request: Request) -> Denial | None:
    looked = session.scalar(
        select(func.count()).where(
            RemediationRow.runbook == request.runbook.id,
            RemediationRow.ticket_id == request.trigger.ticket_id,
            _others(request),
        )
    )
    if not looked:
        return None
    return Denial(guard="attempts", reason="it has looked at this incident already", numbers={"made": looked, "max": 1})


def attempts_made(session: Session, request: Request) -> int:
    """Attempts that count against the limit: per incident, or on the target within the limit's duration."""
    return session.scalar(select(func.count()).select_from(RemediationRow).where(*_counted(request))) or 0


def _counted(request: Request) -> tuple[ColumnElement[bool], ...]:
    per = request.runbook.limits.attempts.per
    same = (RemediationRow.runbook == request.runbook.id, RemediationRow.state != GATED, _others(request))
    if per is None:
        return (*same, RemediationRow.ticket_id == request.trigger.ticket_id)
    return (*same, RemediationRow.target == request.trigger.target, RemediationRow.created_at > request.now - per)


def refuse_too_soon(session: Session, request: Request) -> Denial | None:
    last = session.scalar(
        select(func.max(RemediationRow.ended_at)).where(
            RemediationRow.runbook == request.runbook.id,
            RemediationRow.target == request.trigger.target,
            _others(request),
        )
    )
    if last is None:
        return None
    pause = _pause(session, request, last)
    left = last + pause - request.now
    if left <= timedelta(0):
        return None
    return Denial(
        guard="cooldown",
        reason=f"the last attempt ended {(request.now - last).total_seconds():.1f} s ago, and "
        f"{pause.total_seconds():g} s must pass",
        numbers={"left_s": round(left.total_seconds(), 1), "cooldown_s": pause.total_seconds()},
    )


def _pause(session: Session, request: Request, last: datetime) -> timedelta:
    limits = request.runbook.limits
    if limits.attempts.backoff is None:
        return limits.cooldown
    made = attempts_made(session, request)
    return max(limits.cooldown, backoff_after(made, limits.attempts.backoff, f"{request.trigger.ticket_id}{last}"))


def backoff_after(made: int, backoff: Backoff, seed: str) -> timedelta:
    """The pause after `made` attempts; the jitter is the same whenever it is asked for with one seed."""
    if made < 1:
        return timedelta(0)
    part = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) / 2**32
    return backoff.base * backoff.factor ** min(made - 1, 20) * (1 + backoff.jitter * part)


def refuse_too_often(session: Session, request: Request) -> Denial | None:
    rate = request.runbook.limits.rate
    if rate is None:
        return None
    started = session.scalar(
        select(func.count())
        .select_from(RemediationRow)
        .where(
            RemediationRow.runbook == request.runbook.id,
            RemediationRow.created_at > request.now - rate.per,
            _others(request),
        )
    )
    if (started or 0) < rate.count:
        return None
    return Denial(
        guard="rate",
        reason=f"{started} were started within {format_duration(rate.per)}, and {rate.count} may be",
        numbers={"started": started or 0, "max": rate.count, "per_s": rate.per.total_seconds()},
    )


def refuse_while_broken(session: Session, request: Request) -> Denial | None:
    """Open after so many incidents in a row that the runbook did not repair. Attempts of one incident count as one."""
    breaker = request.runbook.limits.breaker
    if breaker is None:
        return None
    rows = session.execute(
        select(RemediationRow.ticket_id, RemediationRow.state, RemediationRow.ended_at)
        .where(
            RemediationRow.runbook == request.runbook.id,
            RemediationRow.ended_at.is_not(None),
            RemediationRow.state != GATED,
            RemediationRow.ticket_id != request.trigger.ticket_id,
            _others(request),
        )
        .order_by(RemediationRow.ended_at.desc())
        .limit(BREAKER_LOOKS_BACK)
    ).all()
    failed: dict[str, datetime] = {}
    for ticket, state, ended_at in rows:
        if state == RemediationState.SUCCEEDED:
            break
        failed.setdefault(ticket, ended_at)
    if len(failed) < breaker.failures:
        return None
    until = max(failed.values()) + breaker.open
    if request.now >= until:
        return None
    return Denial(
        guard="breaker",
        reason=f"it failed on {len(failed)} incidents in a row; off until {until.isoformat()}",
        numbers={"failed": len(failed), "max": breaker.failures},
    )


def _others(request: Request) -> ColumnElement[bool]:
    return RemediationRow.id != (request.remediation or "")
