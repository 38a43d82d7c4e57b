"""Running one step: its references filled in, its secrets fetched, its output made presentable."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from runbooks.errors import RunbookError, StepCannotRun
from runbooks.model import Step
from runbooks.params import Values, fill, references
from runbooks.redaction import presentable
from runbooks.steps.kind import Situation, StepForm, StepResult
from runbooks.steps.kinds import kinds
from watchdesk.errors import WatchdeskError


class Interrupted(Exception):
    """The worker is to stop; the step will be begun again or asked whether it happened."""


@dataclass(frozen=True, slots=True)
class Means:
    """What running needs besides the step: the situation, and where secrets come from."""

    situation: Situation
    secret: Callable[[str], str]


def run_step(step: Step, values: Values, means: Means) -> StepResult:
    """The step's result; whatever goes wrong inside it is a failed result, never an error."""
    known = _readable(values, means.secret)
    try:
        fetched = _spoken_of(step, values, known)
        form = _form(step, dict(values.plain) | fetched)
        result = kinds()[step.kind].run(form, _situated(step, means.situation))
    except Interrupted:
        raise
    except RunbookError as error:
        result = StepResult(is_ok=False, exit_code=None, output=f"not run: {error}")
    except Exception as error:  # noqa: BLE001  the boundary of one step
        result = StepResult(is_ok=False, exit_code=None, output=f"failed: {type(error).__name__}: {error}")
    return dataclasses.replace(result, output=presentable(result.output, known.values()))


def describe(step: Step, values: Values) -> str:
    """What the step would do, word by word, with the names of its secrets in the place of their values."""
    named = {name: f"({secret})" for name, secret in values.secrets.items()}
    return presentable(kinds()[step.kind].describe(_form(step, dict(values.plain) | named)), ())


def _form(step: Step, texts: dict[str, str]) -> StepForm:
    try:
        return kinds()[step.kind].form.model_validate(fill(dict(step.body), texts))
    except ValidationError as error:
        places = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
        message = f"step '{step.id}' does not fit its form once its parameters are filled in: {places}"
        raise StepCannotRun(message) from None  # the cause would show the values


def _readable(values: Values, secret: Callable[[str], str]) -> dict[str, str]:
    """Every secret of the runbook that can be read, as any step's output may show any of them."""
    found = {}
    for name, reference in values.secrets.items():
        try:
            found[name] = secret(reference.removeprefix("secret:"))
        except (WatchdeskError, OSError, LookupError):
            continue  # the step that needs it says so
    return found


def _spoken_of(step: Step, values: Values, known: dict[str, str]) -> dict[str, str]:
    """The secrets that the step speaks of, and no others."""
    spoken = set(references(dict(step.body)))
    wanted = [name for name in values.secrets if f"params.{name}" in spoken]
    missing = [name for name in wanted if name not in known]
    if missing:
        message = f"the secret '{values.secrets[missing[0]]}' of parameter '{missing[0]}' cannot be read"
        raise StepCannotRun(message)
    return {name: known[name] for name in wanted}


def _situated(step: Step, situation: Situation) -> Situation:
    return situation if step.where == "item" else dataclasses.replace(situation, item=None)
