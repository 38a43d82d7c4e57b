"""What is left of a step whose worker died inside it, or of an earlier attempt: whether it may have had its effect."""

from loop.proof import first_good_after
from loop.recheck import Recheck
from loop.surroundings import Bench
from runbooks import journal
from runbooks.journal import STEPS
from runbooks.model import Effect, Step
from runbooks.tables import RemediationRow, RemediationStepRow
from watchdesk.signals import StepState


class Aftermath:
    """Looks at steps that were begun before."""

    def __init__(self, bench: Bench, recheck: Recheck) -> None:
        self._bench, self._recheck = bench, recheck

    def may_have_happened(self, row: RemediationRow, step: Step, noted: RemediationStepRow) -> bool:
        """A worker died inside it, or an earlier attempt on this ticket set about it."""
        if noted.state == StepState.RUNNING:
            return True
        if noted.phase != STEPS:
            return False
        with self._bench.database.reading() as session:
            return journal.was_tried_before(session, row, step.id)

    def has_helped(self, noted: RemediationStepRow) -> bool:
        """A worker died inside a repeatable step, and the monitor is good since: repeating could only harm."""
        is_interrupted = noted.state == StepState.RUNNING and noted.effect == Effect.REPEATABLE
        if not is_interrupted or noted.intent_at is None or noted.phase != STEPS:
            return False
        return first_good_after(self._recheck.evidence(), noted.intent_at) is not None
