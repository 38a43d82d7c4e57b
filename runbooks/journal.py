"""The journal: what is true about remediations. Intent is committed before an effect, and what came of it after."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from runbooks.errors import RemediationTakenOver
from runbooks.guards import Request
from runbooks.model import Effect, Step
from runbooks.params import Values
from runbooks.steps.kind import StepResult
from runbooks.tables import LIVE_STATES, RemediationRow, RemediationStepRow
from watchdesk.errors import NotFound
from watchdesk.ids import new_id
from watchdesk.processes import ProcessName, is_provably_dead
from watchdesk.signals import RemediationState, StepState

STEPS, ROLLBACK = "steps", "rollback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Who carries remediations out: a name, and the process it lives in."""

    name: str
    process: ProcessName


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The lease on one remediation; void as soon as the fence in the database has grown."""

    remediation: str
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What an attempt begins with, once every guard has agreed."""

    request: Request
    values: Values
    approved_by: str | None
    worker: Worker
    lease_until: datetime


def begin(session: Session, start: Start) -> RemediationRow:
    """Insert the attempt, its steps and its lease. The unique index keeps a second off the same target."""
    trigger, runbook, now = start.request.trigger, start.request.runbook, start.request.now
    attempt = 1 + _attempts_of(session, trigger.ticket_id, runbook.id)
    key = f"{trigger.ticket_id}\0{runbook.version}\0{trigger.target}\0{attempt}"
    row = RemediationRow(
        id=new_id(now),
        key=hashlib.sha256(key.encode()).hexdigest(),
        ticket_id=trigger.ticket_id,
        ticket_number=trigger.ticket_number,
        runbook=runbook.id,
        runbook_version=runbook.version,
        definition=json.dumps(runbook.content, ensure_ascii=False),
        params=json.dumps({"plain": dict(start.values.plain), "secrets": dict(start.values.secrets)}),
        monitor=trigger.monitor,
        service=trigger.service,
        item=trigger.item,
        target=trigger.target,
        domain=start.request.item.domain if start.request.item else None,
        health=trigger.health.value,
        attempt=attempt,
        trust_level=runbook.trust.level.value,
        approved_by=start.approved_by,
        state=RemediationState.LEASED.value,
        reason="",
        since=trigger.since,
        observed_at=trigger.observed_at,
        created_at=now,
        worker=start.worker.name,
        host=start.worker.process.host,
        pid=start.worker.process.pid,
        process_started=start.worker.process.started,
        fence=1,
        lease_until=start.lease_until,
    )
    session.add(row)
    session.flush()
    add_steps(session, row.id, STEPS, runbook.steps)
    return row


def add_steps(session: Session, remediation: str, phase: str, steps: Sequence[Step]) -> None:
    """Write the steps down as pending; those that stand already are left alone."""
    known = {row.position for row in steps_of(session, remediation, phase)}
    for position, step in enumerate(steps):
        if position not in known:
            row = RemediationStepRow(
                remediation_id=remediation,
                phase=phase,
                position=position,
                step=step.id,
                kind=step.kind,
                effect=step.effect.value,
                state=StepState.PENDING.value,
                tries=0,
                output="",
            )
            session.add(row)
    session.flush()


def values_of(row: RemediationRow) -> Values:
    stored = json.loads(row.params)
    return Values(plain=stored["plain"], secrets=stored["secrets"])


def get(session: Session, remediation: str) -> RemediationRow:
    """The row as it stands in the database now. Raises NotFound."""
    row = session.get(RemediationRow, remediation, populate_existing=True)
    if row is None:
        message = f"no remediation has the id '{remediation}'"
        raise NotFound(message)
    return row


def steps_of(session: Session, remediation: str, phase: str) -> list[RemediationStepRow]:
    """The steps of one phase, in order."""
    rows = session.scalars(
        select(RemediationStepRow)
        .where(RemediationStepRow.remediation_id == remediation, RemediationStepRow.phase == phase)
        .order_by(RemediationStepRow.position)
    )
    return list(rows)


def claim(session: Session, remediation: str, worker: Worker, now: datetime, until: datetime) -> Hold | None:
    """The lease with a new fence: for its own worker, or when it lapsed or its holder is provably dead."""
    row = get(session, remediation)
    if row.state not in LIVE_STATES or not (_is_of(row, worker) or _is_void(row, now)):
        return None
    statement = (
        update(RemediationRow)
        .where(RemediationRow.id == remediation, RemediationRow.fence == row.fence)
        .values(
            fence=row.fence + 1,
            lease_until=until,
            worker=worker.name,
            host=worker.process.host,
            pid=worker.process.pid,
            process_started=worker.process.started,
        )
    )
    is_mine = session.connection().execute(statement).rowcount == 1
    session.expire(row)
    return Hold(remediation=remediation, fence=row.fence) if is_mine else None


def renew(session: Session, hold: Hold, until: datetime) -> None:
    """Keep the lease. Raises RemediationTakenOver."""
    statement = (
        update(RemediationRow)
        .where(RemediationRow.id == hold.remediation, RemediationRow.fence == hold.fence)
        .values(lease_until=until)
    )
    if session.connection().execute(statement).rowcount != 1:
        raise _taken_over(hold)


def assert_held(session: Session, hold: Hold) -> RemediationRow:
    """The row, ours until this transaction ends. Raises RemediationTakenOver."""
    row = session.scalars(
        select(RemediationRow)
        .where(RemediationRow.id == hold.remediation, RemediationRow.fence == hold.fence)
        .with_for_update(),
        execution_options={"populate_existing": True},
    ).first()
    if row is None:
        raise _taken_over(hold)
    return row


def orphans(session: Session, now: datetime) -> list[str]:
    """Live remediations whose lease lapsed or whose holder is provably dead, oldest first."""
    rows = session.scalars(
        select(RemediationRow).where(RemediationRow.state.in_(LIVE_STATES)).order_by(RemediationRow.created_at)
    )
    return [row.id for row in rows if _is_void(row, now)]


def intend(session: Session, hold: Hold, step: RemediationStepRow, now: datetime) -> RemediationRow:
    """Write down that the step is about to be done. Commit before doing it."""
    row = assert_held(session, hold)
    written = _as_written(session, step)
    written.state, written.intent_at, written.done_at = StepState.RUNNING.value, now, None
    written.tries += 1
    if step.effect != Effect.READONLY:
        row.effect_at = now
    if step.phase == STEPS:
        row.state = RemediationState.RUNNING.value
    session.flush()
    return row


def conclude(session: Session, hold: Hold, step: RemediationStepRow, result: StepResult, now: datetime) -> None:
    """Write down what came of the step."""
    row = assert_held(session, hold)
    written = _as_written(session, step)
    written.state = (StepState.SUCCEEDED if result.is_ok else StepState.FAILED).value
    written.done_at, written.exit_code, written.output = now, result.exit_code, result.output
    if step.effect != Effect.READONLY:
        row.effect_at = now
    session.flush()


def leave_undecided(session: Session, hold: Hold, step: RemediationStepRow, why: str) -> None:
    """Write down that nobody can say whether the step has happened."""
    assert_held(session, hold)
    written = _as_written(session, step)
    written.state, written.output = StepState.UNKNOWN.value, why
    session.flush()


def _as_written(session: Session, step: RemediationStepRow) -> RemediationStepRow:
    """The step as the database has it; what a caller holds may be older."""
    key = (step.remediation_id, step.phase, step.position)
    return session.get_one(RemediationStepRow, key, populate_existing=True)


def has_acted(session: Session, remediation: str) -> bool:
    """Whether an effect may have been made."""
    intents = select(func.count()).where(
        RemediationStepRow.remediation_id == remediation,
        RemediationStepRow.effect != Effect.READONLY.value,
        RemediationStepRow.intent_at.is_not(None),
    )
    return bool(session.scalar(intents))


def is_under_repair(session: Session, ticket_id: str) -> bool:
    """Whether an attempt on the ticket has begun and not ended."""
    live = select(RemediationRow.id).where(RemediationRow.ticket_id == ticket_id, RemediationRow.state.in_(LIVE_STATES))
    return session.scalar(live.limit(1)) is not None


def was_tried_before(session: Session, row: RemediationRow, step: str) -> bool:
    """Whether an earlier attempt on the same ticket set about the same step."""
    earlier = (
        select(func.count())
        .select_from(RemediationStepRow)
        .join(RemediationRow, RemediationRow.id == RemediationStepRow.remediation_id)
        .where(
            RemediationRow.ticket_id == row.ticket_id,
            RemediationRow.runbook == row.runbook,
            RemediationRow.id != row.id,
            RemediationStepRow.step == step,
            RemediationStepRow.phase == STEPS,
            RemediationStepRow.intent_at.is_not(None),
        )
    )
    return bool(session.scalar(earlier))


def settle(session: Session, hold: Hold, state: RemediationState, reason: str, now: datetime) -> RemediationRow:
    """End the remediation. Steps that were never begun are skipped, one left open is unknown."""
    row = assert_held(session, hold)
    row.state, row.reason, row.ended_at, row.lease_until = state.value, reason, now, now
    open_steps = session.scalars(
        select(RemediationStepRow).where(
            RemediationStepRow.remediation_id == row.id,
            or_(
                RemediationStepRow.state == StepState.PENDING.value,
                RemediationStepRow.state == StepState.RUNNING.value,
            ),
        )
    )
    for step in open_steps:
        was_begun = step.state == StepState.RUNNING.value
        step.state = (StepState.UNKNOWN if was_begun else StepState.SKIPPED).value
    session.flush()
    return row


def _attempts_of(session: Session, ticket_id: str, runbook: str) -> int:
    counted = select(func.count()).where(RemediationRow.ticket_id == ticket_id, RemediationRow.runbook == runbook)
    return session.scalar(counted) or 0


def _is_of(row: RemediationRow, worker: Worker) -> bool:
    return row.worker == worker.name and row.host == worker.process.host and row.pid == worker.process.pid


def _is_void(row: RemediationRow, now: datetime) -> bool:
    process = ProcessName(host=row.host, pid=row.pid, started=row.process_started)
    return row.lease_until <= now or is_provably_dead(process)


def _taken_over(hold: Hold) -> RemediationTakenOver:
    message = f"remediation {hold.remediation} with fence {hold.fence} is carried out by another worker by now"
    return RemediationTakenOver(message)
