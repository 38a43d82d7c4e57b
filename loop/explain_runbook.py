"""Why a runbook ran, or why it did not: its trust, its guards on each open incident, its refusals and its record."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from loop import approval
from loop.definitions import Definitions
from loop.explanation import Explanation, Reason
from loop.operations import require_runbook
from runbooks import queries
from runbooks.model import Runbook
from runbooks.tables import RefusalRow
from ticketing import queries as tickets
from watchdesk.definitions.quantities import format_duration

RECORD = timedelta(days=30)
NEWEST = 10


def of_runbook(session: Session, definitions: Definitions, runbook: str, now: datetime) -> Explanation:
    """What lets it run and what holds it back, at this moment and lately. Raises NotFound."""
    require_runbook(definitions, runbook)
    found = definitions.runbooks[runbook]
    guards = _guards(session, definitions, found, now)
    reasons = (
        _trust(found),
        guards,
        _plans(session, found, now),
        _refusals(session, found),
        _attempts(session, found, now),
    )
    return Explanation(subject=runbook, answer=_answer(session, found, now), reasons=reasons)


def _answer(session: Session, runbook: Runbook, now: datetime) -> str:
    stop = queries.stop_in_force(session, now)
    if stop is not None:
        return f"all runbooks are stopped by {stop.who} since {stop.since:%Y-%m-%d %H:%M} UTC: {stop.because}"
    how = {
        "observe": "records only that it would have run",
        "suggest": "puts its plan on the ticket",
        "approve": "waits for a person to approve its plan",
        "automatic": "runs by itself",
    }[runbook.trust.level]
    health = " or ".join(sorted(runbook.match.health))
    return f"{how} when {', '.join(runbook.match.monitors)} is confirmed {health}"


def _trust(runbook: Runbook) -> Reason:
    limits = runbook.limits
    per = f"within {format_duration(limits.attempts.per)}" if limits.attempts.per else "an incident"
    lines = [
        f"trust level {runbook.trust.level}" + (f": {runbook.trust.because}" if runbook.trust.because else ""),
        f"risk {runbook.risk.value}; at most {limits.attempts.max} attempts {per}",
        f"{format_duration(limits.cooldown)} between attempts; triggers older than "
        f"{format_duration(runbook.match.max_age)} start nothing",
        f"defined at {runbook.place}, version {runbook.version[:12]}",
    ]
    return Reason(question="What is it allowed?", lines=tuple(lines))


def _guards(session: Session, definitions: Definitions, runbook: Runbook, now: datetime) -> Reason:
    """What each guard would say now, for every open incident that it matches."""
    lines = []
    for incident in tickets.open_incidents(session, now):
        if incident.monitor not in runbook.match.monitors:
            continue
        preview = approval.preview(session, runbook, incident.number, definitions, now)
        denials = [denial for _, denial in preview.guards if denial is not None]
        verdict = "every guard lets it pass" if not denials else f"{len(denials)} guards say no"
        lines.append(f"{incident.number} ({incident.monitor}): {preview.flaw or verdict}")
        lines += [f"  {denial.guard}: {denial.reason}" for denial in denials]
    return Reason(question="Would it run now?", lines=tuple(lines) or ("no open incident matches it",))


def _plans(session: Session, runbook: Runbook, now: datetime) -> Reason:
    lines = [
        f"{plan.hash[:12]} for {plan.ticket_number} until {plan.expires_at:%Y-%m-%d %H:%M:%S} UTC"
        for plan in approval.waiting(session, now)
        if plan.runbook == runbook.id
    ]
    return Reason(question="Does a plan wait for approval?", lines=tuple(lines) or ("no",))


def _refusals(session: Session, runbook: Runbook) -> Reason:
    newest = (
        select(RefusalRow).where(RefusalRow.runbook == runbook.id).order_by(RefusalRow.last_at.desc()).limit(NEWEST)
    )
    lines = [
        f"{refusal.last_at:%Y-%m-%d %H:%M:%S} UTC guard '{refusal.guard}', {refusal.count} ×: {refusal.reason}"
        for refusal in session.scalars(newest)
    ]
    return Reason(question="What was refused?", lines=tuple(lines) or ("nothing",))


def _attempts(session: Session, runbook: Runbook, now: datetime) -> Reason:
    lines = []
    for record in queries.statistics(session, now - RECORD, now):
        if record.runbook == runbook.id:
            outcomes = ", ".join(f"{count} {state}" for state, count in record.outcomes)
            lines.append(f"30 days: {record.attempts} attempts ({outcomes}), {record.repaired} of "
                         f"{record.incidents} incidents repaired")  # fmt: skip
    lines += [
        f"{attempt.started_at:%Y-%m-%d %H:%M:%S} UTC attempt {attempt.attempt} for {attempt.monitor}: {attempt.state}"
        + (f", {attempt.reason}" if attempt.reason else "")
        for attempt in queries.list_remediations(session, NEWEST, runbook.id)
    ]
    return Reason(question="What did it do?", lines=tuple(lines) or ("it never ran",))
