"""Doing one step of a remediation where it belongs: on its item, or on this machine."""

from loop.looking import look_with
from loop.references import RUNBOOKS
from loop.surroundings import Bench
from runbooks import journal
from runbooks.execution import Means, run_step
from runbooks.model import Step
from runbooks.steps.kind import Situation, StepResult
from runbooks.tables import RemediationRow


def run_for(bench: Bench, row: RemediationRow, step: Step) -> StepResult:
    """The step's result. An item that is not defined any more fails it: a step meant for elsewhere never runs here."""
    surroundings = bench.surroundings
    definitions = surroundings.definitions()
    item = definitions.catalogue.items.get(row.item) if row.item else None
    if row.item and item is None:
        return StepResult(is_ok=False, exit_code=None, output=f"not run: the item '{row.item}' is not defined any more")
    situation = Situation(
        item=item,
        look=look_with(bench.eyes, definitions.monitors),
        pause=bench.pause,
        python_path=(str(definitions.root / RUNBOOKS), str(definitions.root)),
        ssh_config=surroundings.ssh_config,
    )
    return run_step(step, journal.values_of(row), Means(situation, surroundings.secret))
