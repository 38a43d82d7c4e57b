"""Walking through steps: what is done is skipped, intent is written before an effect and its outcome after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy.orm import Session

from loop.aftermath import Aftermath
from loop.doing import run_for
from loop.patience import persistently
from loop.recheck import Recheck
from loop.surroundings import Bench
from runbooks import journal
from runbooks.guards import Denial
from runbooks.journal import ROLLBACK, Hold
from runbooks.model import Effect, Runbook, Step
from runbooks.steps.kind import StepResult
from runbooks.tables import RemediationRow, RemediationStepRow
from watchdesk.signals import StepState

HAPPENED, NOT_HAPPENED = 0, 1


class Why(Enum):
    """Why a walk stopped: a guard refused, a step failed, or nobody can say whether a step has happened."""

    REFUSED = "refused"
    FAILED = "failed"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Where and why a walk did not reach its end. `has_acted` says that an effect may have been made."""

    why: Why
    reason: str
    has_acted: bool


class Stepping:
    """Walks through the steps of one held remediation."""

    def __init__(self, bench: Bench, hold: Hold, runbook: Runbook) -> None:
        self._bench, self._hold, self._runbook = bench, hold, runbook
        self._recheck = Recheck(bench, hold, runbook)
        self._aftermath = Aftermath(bench, self._recheck)

    def walk(self, steps: Sequence[Step], phase: str) -> Stopped | None:
        """Do what is not done yet, in order; None when all succeeded. Raises RemediationTakenOver and Interrupted."""
        row, rows = self._open(steps, phase)
        for step, noted in zip(steps, rows, strict=True):
            if noted.state == StepState.SUCCEEDED:
                continue
            stopped = self._go_on(row, step, noted)
            if stopped is not None:
                return stopped
        return None

    def _open(self, steps: Sequence[Step], phase: str) -> tuple[RemediationRow, list[RemediationStepRow]]:
        with self._bench.database.writing() as session:
            row = journal.assert_held(session, self._hold)
            journal.add_steps(session, row.id, phase, steps)
            return row, journal.steps_of(session, row.id, phase)

    def _go_on(self, row: RemediationRow, step: Step, noted: RemediationStepRow) -> Stopped | None:
        self._bench.pause(0)
        if noted.state == StepState.FAILED:
            return self._stopped(Why.FAILED, _failure(step, noted.exit_code, noted.output))
        if noted.state == StepState.UNKNOWN:
            return self._stopped(Why.UNDECIDED, noted.output)
        if step.effect is Effect.ONCE and self._aftermath.may_have_happened(row, step, noted):
            return self._decide(row, step, noted)
        if self._aftermath.has_helped(noted):
            self._conclude_as_done(noted, f"interrupted, and not repeated: {row.monitor} is ok since it began")
            return None
        return self._do(row, step, noted)

    def _do(self, row: RemediationRow, step: Step, noted: RemediationStepRow) -> Stopped | None:
        denial = self._intend(step, noted)
        if denial is not None:
            return self._stopped(Why.REFUSED, f"before step '{step.id}': {denial.reason}")
        result = run_for(self._bench, row, step)
        self._conclude(noted, result)
        if result.is_ok:
            return None
        return self._stopped(Why.FAILED, _failure(step, result.exit_code, result.output))

    def _intend(self, step: Step, noted: RemediationStepRow) -> Denial | None:
        """Ask the guards and write the intent down, in one transaction; the denial instead, when one refuses."""
        changes_something = step.effect is not Effect.READONLY
        evidence = self._recheck.evidence() if changes_something else None
        with self._bench.database.writing() as session:
            row = journal.assert_held(session, self._hold)
            if evidence is not None:
                denial = self._recheck.denial(session, row, evidence, is_rollback=noted.phase == ROLLBACK)
                if denial is not None:
                    return denial
            journal.intend(session, self._hold, noted, self._bench.clock.now())
        return None

    def _conclude(self, noted: RemediationStepRow, result: StepResult) -> None:
        def write(session: Session, now: datetime) -> None:
            journal.conclude(session, self._hold, noted, result, now)

        persistently(self._bench.database, self._bench.clock, write)

    def _conclude_as_done(self, noted: RemediationStepRow, why: str) -> None:
        self._conclude(noted, StepResult(is_ok=True, exit_code=None, output=why))

    def _decide(self, row: RemediationRow, step: Step, noted: RemediationStepRow) -> Stopped | None:
        """Let the step's probe say whether it has happened; only when it has not is it done (again)."""
        if step.probe is None:
            return self._undecided(step, noted, "it has no probe")
        seen = run_for(self._bench, row, step.probe)
        if seen.exit_code == HAPPENED:
            self._conclude_as_done(noted, f"it had happened already, says its probe\n{seen.output}")
            return None
        if seen.exit_code == NOT_HAPPENED:
            return self._do(row, step, noted)
        return self._undecided(step, noted, f"its probe cannot tell: {last_line(seen.output)}")

    def _undecided(self, step: Step, noted: RemediationStepRow, why: str) -> Stopped:
        reason = f"nobody can say whether step '{step.id}' has happened: {why}"

        def write(session: Session, now: datetime) -> None:  # noqa: ARG001
            journal.leave_undecided(session, self._hold, noted, reason)

        persistently(self._bench.database, self._bench.clock, write)
        return self._stopped(Why.UNDECIDED, reason)

    def _stopped(self, why: Why, reason: str) -> Stopped:
        with self._bench.database.reading() as session:
            has_acted = journal.has_acted(session, self._hold.remediation)
        return Stopped(why=why, reason=reason, has_acted=has_acted)


def _failure(step: Step, exit_code: int | None, output: str) -> str:
    code = "" if exit_code is None else f" with {exit_code}"
    return f"step '{step.id}' failed{code}: {last_line(output)}"


def last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no output"
