"""Looking at a monitor's target now and judging what is seen, for the `check` steps of runbooks."""

from collections.abc import Callable, Mapping

from loop.surroundings import Eyes
from monitors.monitor import Monitor
from monitors.state import MonitorState
from monitors.verdict import judge
from runbooks.errors import StepCannotRun
from runbooks.steps.kind import Look
from watchdesk.spelling import did_you_mean


def look_with(eyes: Eyes, monitors: Mapping[str, Monitor]) -> Callable[[str], Look]:
    """A function from a monitor's id to what its probe sees now. It raises StepCannotRun for an unknown one."""

    def look(name: str) -> Look:
        monitor = monitors.get(name)
        if monitor is None:
            message = f"no monitor is named '{name}'{did_you_mean(name, monitors)}"
            raise StepCannotRun(message)
        verdict = judge(monitor, eyes.probe(name), MonitorState(monitor=name))
        return Look(verdict.health, verdict.summary)

    return look
