"""What others may ask about remediations, refusals and plans."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from runbooks import journal, refusals, stops
from runbooks.refusals import Refusal
from runbooks.stops import Stop
from runbooks.tables import RemediationRow, RemediationStepRow
from watchdesk.signals import Remediation, RemediationState, StepReport, StepState

PHASES = {journal.STEPS: 0, journal.ROLLBACK: 1}
GATED = RemediationState.GATED.value
MOST_ASKED = 500  # parameters of one query; SQLite takes no more than 32,766


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """How one runbook did: ended attempts by outcome, incidents it met and repaired, and how long repairs took."""

    runbook: str
    attempts: int
    outcomes: tuple[tuple[str, int], ...]
    incidents: int
    repaired: int
    repair_times: tuple[timedelta, ...]  # from start to proof, of the successful ones, shortest first


def remediations_of(session: Session, ticket_id: str) -> tuple[Remediation, ...]:
    """The attempts on a ticket, oldest first. What a guard stopped before it changed anything is not among them."""
    return reports(
        session,
        session.scalars(
            select(RemediationRow)
            .where(RemediationRow.ticket_id == ticket_id, RemediationRow.state != GATED)
            .order_by(RemediationRow.created_at, RemediationRow.id)
        ).all(),
    )


def outcomes_of(session: Session, tickets: Iterable[str]) -> list[tuple[str, str, RemediationState]]:
    """(ticket id, runbook, state) of the attempts on these tickets, as `remediations_of` counts them, by ticket."""
    row, wanted = RemediationRow, sorted(tickets)
    query = select(row.ticket_id, row.runbook, row.state).where(row.state != GATED)
    ordered = query.order_by(row.ticket_id, row.created_at, row.id)
    return [
        (ticket, runbook, RemediationState(state))
        for start in range(0, len(wanted), MOST_ASKED)
        for ticket, runbook, state in session.execute(
            ordered.where(row.ticket_id.in_(wanted[start : start + MOST_ASKED]))
        )
    ]


def refusals_of(session: Session, ticket_id: str) -> tuple[Refusal, ...]:
    """What did not run on a ticket, and why."""
    return refusals.of_ticket(session, ticket_id)


def list_remediations(session: Session, limit: int = 100, runbook: str | None = None) -> tuple[Remediation, ...]:
    """The newest attempts, newest first; of one runbook when it is named."""
    statement = select(RemediationRow).order_by(RemediationRow.created_at.desc(), RemediationRow.id.desc())
    if runbook is not None:
        statement = statement.where(RemediationRow.runbook == runbook)
    return reports(session, session.scalars(statement.limit(limit)).all())


def changed_since(session: Session, since: datetime) -> tuple[Remediation, ...]:
    """Attempts that were begun or ended at `since` or later, and those that are running; oldest first (for mirrors)."""
    statement = select(RemediationRow).where(
        (RemediationRow.created_at >= since) | (RemediationRow.ended_at >= since) | RemediationRow.ended_at.is_(None)
    )
    return reports(session, session.scalars(statement.order_by(RemediationRow.created_at)).all())


def show(session: Session, remediation: str) -> Remediation:
    """One attempt with its transcript. Raises NotFound."""
    return reports(session, [journal.get(session, remediation)])[0]


def stop_in_force(session: Session, now: datetime) -> Stop | None:
    """The kill switch, when it is thrown."""
    return stops.active(session, now)


def statistics(session: Session, since: datetime, until: datetime) -> tuple[Statistics, ...]:
    """Per runbook, over the attempts that were begun within [since, until) and have ended."""
    rows = session.scalars(
        select(RemediationRow).where(
            RemediationRow.created_at >= since,
            RemediationRow.created_at < until,
            RemediationRow.ended_at.is_not(None),
            RemediationRow.state != GATED,
        )
    ).all()
    names = sorted({row.runbook for row in rows})
    return tuple(_statistics(name, [row for row in rows if row.runbook == name]) for name in names)


def reports(session: Session, rows: Sequence[RemediationRow]) -> tuple[Remediation, ...]:
    """The rows as values, with their steps."""
    steps: dict[str, list[RemediationStepRow]] = {row.id: [] for row in rows}
    if rows:
        found = session.scalars(select(RemediationStepRow).where(RemediationStepRow.remediation_id.in_(steps)))
        for step in found:
            steps[step.remediation_id].append(step)
    return tuple(_report(row, steps[row.id]) for row in rows)


def _report(row: RemediationRow, steps: Iterable[RemediationStepRow]) -> Remediation:
    ordered = sorted(steps, key=lambda step: (PHASES[step.phase], step.position))
    return Remediation(
        id=row.id,
        runbook=row.runbook,
        runbook_version=row.runbook_version,
        ticket_id=row.ticket_id,
        monitor=row.monitor,
        attempt=row.attempt,
        state=RemediationState(row.state),
        started_at=row.created_at,
        ended_at=row.ended_at,
        steps=tuple(_step_report(step) for step in ordered),
        reason=row.reason,
    )


def _step_report(step: RemediationStepRow) -> StepReport:
    return StepReport(
        id=step.step,
        state=StepState(step.state),
        exit_code=step.exit_code,
        output=step.output,
        started_at=step.intent_at,
        ended_at=step.done_at,
    )


def _statistics(runbook: str, rows: Sequence[RemediationRow]) -> Statistics:
    outcomes: dict[str, int] = {}
    for row in rows:
        outcomes[row.state] = outcomes.get(row.state, 0) + 1
    good = [row for row in rows if row.state == RemediationState.SUCCEEDED]
    times = sorted(row.ended_at - row.created_at for row in good if row.ended_at is not None)
    return Statistics(
        runbook=runbook,
        attempts=len(rows),
        outcomes=tuple(sorted(outcomes.items())),
        incidents=len({row.ticket_id for row in rows}),
        repaired=len({row.ticket_id for row in good}),
        repair_times=tuple(times),
    )
