"""`check`: look at a monitor's target now, and go on only when it is as wanted."""

from datetime import timedelta

from pydantic import Field

from runbooks.model import Effect
from runbooks.steps.kind import Look, Situation, StepForm, StepResult
from watchdesk.definitions.models import Name
from watchdesk.definitions.quantities import Duration
from watchdesk.health import Health

LOOK_EVERY_S = 1.0


class CheckForm(StepForm):
    """Which monitor, and which verdicts are wanted; with `within` it looks again until then."""

    monitor: Name
    health: list[Health] = Field([Health.OK], min_length=1)
    within: Duration = timedelta(0)


class Check:
    """Succeeds when the monitor's verdict is a wanted one. It looks itself, beside the watch."""

    name = "check"
    form = CheckForm
    shorthand = "monitor"

    def effect(self, form: CheckForm) -> Effect:  # noqa: ARG002
        return Effect.READONLY

    def describe(self, form: CheckForm) -> str:
        return f"check that {form.monitor} is {' or '.join(form.health)}"

    def run(self, form: CheckForm, situation: Situation) -> StepResult:
        left = int(form.within.total_seconds() / LOOK_EVERY_S)
        seen = situation.look(form.monitor)
        while seen.health not in form.health and left > 0:
            situation.pause(LOOK_EVERY_S)
            seen, left = situation.look(form.monitor), left - 1
        return StepResult(is_ok=seen.health in form.health, exit_code=None, output=_words(form, seen))


def _words(form: CheckForm, seen: Look) -> str:
    return f"{form.monitor} is {seen.health}: {seen.text}" if seen.text else f"{form.monitor} is {seen.health}"
