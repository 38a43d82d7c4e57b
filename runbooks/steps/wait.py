"""`wait`: let some time pass."""

from typing import Annotated

from pydantic import AfterValidator, Field

from runbooks.model import Effect
from runbooks.steps.kind import Situation, StepForm, StepResult
from watchdesk.definitions.quantities import Duration, format_duration

LONGEST_S = 3600


def _bounded(duration: Duration) -> Duration:
    if not 0 < duration.total_seconds() <= LONGEST_S:
        message = f"{format_duration(duration)} is not a wait; write between 1ms and 1h"
        raise ValueError(message)
    return duration


class WaitForm(StepForm):
    """How long."""

    for_: Annotated[Duration, AfterValidator(_bounded)] = Field(alias="for")


class Wait:
    """Waits; always succeeds."""

    name = "wait"
    form = WaitForm
    shorthand = "for"

    def effect(self, form: WaitForm) -> Effect:  # noqa: ARG002
        return Effect.READONLY

    def describe(self, form: WaitForm) -> str:
        return f"wait {format_duration(form.for_)}"

    def run(self, form: WaitForm, situation: Situation) -> StepResult:
        situation.pause(form.for_.total_seconds())
        return StepResult(is_ok=True, exit_code=None, output=f"waited {format_duration(form.for_)}")
