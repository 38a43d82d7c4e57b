"""One attempt, from wherever its journal stands to its end: steps, proof, rollback, escalation."""

import json
from datetime import datetime

from sqlalchemy.orm import Session

from loop.ending import Ending, end
from loop.patience import persistently
from loop.proof import Proof, Waiting, judge
from loop.stepping import Stepping, Why
from loop.surroundings import Bench
from runbooks import journal
from runbooks.definition import content_to_runbook
from runbooks.journal import ROLLBACK, STEPS, Hold
from runbooks.model import Runbook
from runbooks.tables import RemediationRow
from watchdesk.definitions.faults import DefinitionsInvalid
from watchdesk.signals import RemediationState, StepState

LOOK_EVERY_S = 0.25
HURRY_EVERY_S = 2.0
MOST_HOLDERS = 20  # a remediation that kills whoever touches it must not go round for ever


class Attempt:
    """Carries out what is left of one remediation. Every method leaves the journal true when the process dies."""

    def __init__(self, bench: Bench, hold: Hold) -> None:
        self._bench, self._hold = bench, hold

    def proceed(self) -> None:
        """Go on from where it stands. Raises RemediationTakenOver and Interrupted."""
        with self._bench.database.reading() as session:
            row = journal.get(session, self._hold.remediation)
            undecided = any(step.state == StepState.UNKNOWN for step in journal.steps_of(session, row.id, STEPS))
        try:
            runbook = content_to_runbook(json.loads(row.definition))
        except DefinitionsInvalid as error:
            self._end(None, RemediationState.UNKNOWN, f"its stored definition cannot be read any more: {error}")
            return
        if self._hold.fence > MOST_HOLDERS:
            self._end(runbook, RemediationState.UNKNOWN, f"{MOST_HOLDERS} workers died with it or lost it")
        elif row.state == RemediationState.VERIFYING:
            self._prove(runbook, row.reason, undecided=undecided)
        elif row.state == RemediationState.ROLLING_BACK:
            self._roll_back(runbook, row.reason)
        else:
            self._do_steps(runbook)

    def _do_steps(self, runbook: Runbook) -> None:
        stopped = Stepping(self._bench, self._hold, runbook).walk(runbook.steps, STEPS)
        if stopped is None:
            if runbook.verify is None:
                self._end(runbook, RemediationState.SUCCEEDED, "every step succeeded")
            else:
                self._prove(runbook, "", undecided=False)
        elif stopped.why is Why.REFUSED and not stopped.has_acted:
            self._end(runbook, RemediationState.GATED, stopped.reason)
        elif stopped.why is Why.FAILED:
            self._fail(runbook, stopped.reason, has_acted=stopped.has_acted)
        else:
            self._prove(runbook, stopped.reason, undecided=stopped.why is Why.UNDECIDED)

    def _prove(self, runbook: Runbook, flaw: str, *, undecided: bool) -> None:
        """Only the monitor can say that it worked. `flaw` is what went wrong on the way, should it not have."""
        reason, proof = "nothing says how its success is proved", Proof.FAILED
        if runbook.verify is not None:
            row = self._move(RemediationState.VERIFYING, flaw)
            waiting = Waiting(
                verify=runbook.verify,
                effect_at=row.effect_at or row.created_at,
                wait_since=row.verify_since or row.created_at,
            )
            proof, reason = self._wait_for_proof(row.monitor, waiting)
        if proof is Proof.PROVED:
            self._end(runbook, RemediationState.SUCCEEDED, reason)
            return
        reason = f"{flaw}; {reason}" if flaw else reason
        if undecided:
            self._end(runbook, RemediationState.UNKNOWN, reason)
        else:
            self._fail(runbook, reason, has_acted=True)

    def _wait_for_proof(self, monitor: str, waiting: Waiting) -> tuple[Proof, str]:
        clock, eyes = self._bench.clock, self._bench.eyes
        hurried_at = clock.monotonic_s()
        eyes.hurry(monitor)
        while True:
            proof, reason = judge(eyes.evidence(monitor), waiting, clock.now())
            if proof is not Proof.OPEN:
                return proof, reason
            if clock.monotonic_s() - hurried_at >= HURRY_EVERY_S:
                hurried_at = clock.monotonic_s()
                eyes.hurry(monitor)
            self._bench.pause(LOOK_EVERY_S)

    def _fail(self, runbook: Runbook, reason: str, *, has_acted: bool) -> None:
        if runbook.rollback and has_acted:
            self._move(RemediationState.ROLLING_BACK, reason)
            self._roll_back(runbook, reason)
        else:
            self._end(runbook, RemediationState.FAILED, reason)

    def _roll_back(self, runbook: Runbook, reason: str) -> None:
        stopped = Stepping(self._bench, self._hold, runbook).walk(runbook.rollback, ROLLBACK)
        if stopped is None:
            self._end(runbook, RemediationState.ROLLED_BACK, reason)
        else:
            both = f"{reason}; the rollback failed too: {stopped.reason}"
            self._end(runbook, RemediationState.FAILED, both, final=True)

    def _move(self, state: RemediationState, reason: str) -> RemediationRow:
        def write(session: Session, now: datetime) -> RemediationRow:
            row = journal.assert_held(session, self._hold)
            row.state, row.reason = state.value, reason
            if state is RemediationState.VERIFYING:
                row.verify_since = now
            return row

        return persistently(self._bench.database, self._bench.clock, write)

    def _end(self, runbook: Runbook | None, state: RemediationState, reason: str, *, final: bool = False) -> None:
        ending = Ending(state=state, reason=reason, is_final=final or state is RemediationState.UNKNOWN)

        def write(session: Session, now: datetime) -> None:
            end(session, self._hold, runbook, ending, now)

        persistently(self._bench.database, self._bench.clock, write)
