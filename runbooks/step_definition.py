"""Steps of a definition: one key names the kind, whose own form reads what stands under it."""

from typing import Any

from runbooks.forms import StepHead
from runbooks.model import Effect, Step
from runbooks.steps.kind import StepForm, StepKind
from runbooks.steps.kinds import kinds
from watchdesk.definitions.documents import Document, Location
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.models import at, validate_content
from watchdesk.spelling import did_you_mean

PROBE_KINDS = ("run", "python")
HEAD_KEYS = ("id", "effect", "on", "probe")


def read_steps(document: Document, key: str, faults: Faults) -> tuple[Step, ...]:
    """The steps under `steps` or `rollback`, in order; those with faults are left out."""
    content = at(document, (key,))
    if content is None and key == "steps":
        faults.add(document.key_place(()), "the key 'steps' is missing; a runbook has at least one step", "D006")
    if content is None:
        return ()
    if not isinstance(content, list) or (key == "steps" and not content):
        faults.add(document.place((key,)), f"'{key}' must be a list of steps", "D004")
        return ()
    found = [_read_step(document, (key, index), faults) for index in range(len(content))]
    steps = [step for step in found if step is not None]
    _refuse_doubles(steps, document, key, faults)
    return tuple(steps)


def _read_step(document: Document, location: Location, faults: Faults) -> Step | None:
    content = at(document, location)
    if not isinstance(content, dict):
        faults.add(document.place(location), "a step must be a mapping with 'id' and the key of its kind", "D004")
        return None
    name = _kind_name(content, document, location, faults)
    head = {key: value for key, value in content.items() if key in HEAD_KEYS and key != "probe"}
    step_head = validate_content(StepHead, head, document, location, faults)
    kind = kinds().get(name or "")
    if kind is None or step_head is None:
        return None
    body, form = _read_body(kind, document, (*location, kind.name), faults)
    probe = _read_probe(document, location, faults)
    if form is None:
        return None
    effect = Effect(step_head.effect) if step_head.effect else kind.effect(form)
    if effect is None:
        message = f"step '{step_head.id}' does not say its 'effect'; write readonly, repeatable or once (with a probe)"
        faults.add(document.place(location), message, "D110")
        return None
    return Step(
        id=step_head.id,
        kind=kind.name,
        body=body,
        effect=effect,
        timeout=form.timeout,
        where=step_head.where,
        probe=probe,
    )


def _kind_name(content: dict[str, Any], document: Document, location: Location, faults: Faults) -> str | None:
    """The one key that names a kind; a fault for none, for more than one, and for each key that is not known."""
    known = kinds()
    named = [key for key in content if key in known]
    for key in content:
        if key not in known and key not in HEAD_KEYS:
            every = [*HEAD_KEYS, *known]
            hint = did_you_mean(key, every) or f"; known here are {', '.join(every)}"
            faults.add(document.key_place((*location, key)), f"unknown key '{key}' in a step{hint}", "D005")
    if len(named) == 1:
        return named[0]
    if len(named) > 1:
        message = f"a step has one kind, this one has {' and '.join(named)}; make steps of them"
        faults.add(document.key_place((*location, named[1])), message, "D111")
    elif all(key in HEAD_KEYS for key in content):
        message = f"the step names no kind; kinds are {', '.join(known)}"
        faults.add(document.place(location), message, "D111")
    return None


def _read_body(
    kind: StepKind, document: Document, location: Location, faults: Faults
) -> tuple[dict[str, Any], StepForm | None]:
    content = at(document, location)
    if not isinstance(content, dict) and kind.shorthand is not None:
        content = {kind.shorthand: content}
    form = validate_content(kind.form, content, document, location, faults)
    return (content if isinstance(content, dict) else {}), form


def _read_probe(document: Document, location: Location, faults: Faults) -> Step | None:
    """The probe of a `once` step: a step without id and effect, which only looks."""
    content = at(document, (*location, "probe"))
    if content is None:
        return None
    where = (*location, "probe")
    named = [key for key in content if key in PROBE_KINDS] if isinstance(content, dict) else []
    if len(named) != 1 or len(content) != 1:
        message = "a probe is 'run' or 'python' and what it does; its exit code says 0: it has happened, 1: it has not"
        faults.add(document.place(where), message, "D112")
        return None
    kind = kinds()[named[0]]
    body, form = _read_body(kind, document, (*where, kind.name), faults)
    if form is None:
        return None
    return Step(id="probe", kind=kind.name, body=body, effect=Effect.READONLY, timeout=form.timeout)


def _refuse_doubles(steps: list[Step], document: Document, key: str, faults: Faults) -> None:
    seen: set[str] = set()
    for step in steps:
        if step.id in seen:
            faults.add(document.place((key,)), f"two steps are called '{step.id}'; rename one", "D113")
        seen.add(step.id)
