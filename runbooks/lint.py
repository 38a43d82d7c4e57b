"""What a well-formed runbook must not do all the same: the rules that accidents taught (reference/runbooks.md §2)."""

from collections.abc import Iterator
from typing import Any

from runbooks.errors import ParameterInvalid
from runbooks.model import Effect, Parameter, Risk, Runbook, Step
from runbooks.params import NAMED, NEVER_IN_ARGV, REFERENCE, check
from watchdesk.definitions.documents import Document, Location
from watchdesk.definitions.faults import Faults
from watchdesk.spelling import did_you_mean

SHELLS = {"sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "csh", "tcsh", "busybox", "env", "eval"}


def lint(runbook: Runbook, document: Document, faults: Faults) -> None:
    """Adds a fault for each rule the runbook breaks."""
    for parameter in runbook.params.values():
        _lint_parameter(parameter, document, faults)
    for key, steps in (("steps", runbook.steps), ("rollback", runbook.rollback)):
        for index, step in enumerate(steps):
            _lint_step(step, runbook, document, (key, index), faults)
    _lint_promises(runbook, document, faults)


def _lint_promises(runbook: Runbook, document: Document, faults: Faults) -> None:
    changing = [step for step in runbook.steps if step.effect is not Effect.READONLY]
    if runbook.risk >= Risk.SERVICE and runbook.verify is None:
        message = f"risk {runbook.risk:d} needs 'verify': only the monitor that found the fault can say it is repaired"
        faults.add(document.key_place(("risk",)), message, "D120")
    elif changing and runbook.verify is None:
        message = f"step '{changing[0].id}' changes something, so 'verify' must say how its success is proved"
        faults.add(document.key_place(("steps",)), message, "D120")
    if runbook.risk == Risk.READ_ONLY and changing:
        message = f"risk 0 is read-only, but step '{changing[0].id}' is {changing[0].effect}; raise the risk"
        faults.add(document.place(("risk",)), message, "D121")
    for index, monitor in enumerate(runbook.match.monitors):
        if runbook.match.monitors.index(monitor) != index:
            faults.add(document.place(("match", "monitors", index)), f"'{monitor}' stands twice; keep one", "D122")


def _lint_parameter(parameter: Parameter, document: Document, faults: Faults) -> None:
    place = document.place(("params", parameter.name))
    if (parameter.value is None) == (parameter.source is None):
        message = f"parameter '{parameter.name}' needs either 'value' (a constant) or 'from' (the trigger)"
        faults.add(place, message, "D130")
    if (parameter.type == "choice") != bool(parameter.choices):
        message = f"parameter '{parameter.name}': 'choices' and the type 'choice' belong together"
        faults.add(place, message, "D131")
    if any(not pattern.strip("*?") for pattern in parameter.allow):
        faults.add(place, f"parameter '{parameter.name}' allows everything; name what is meant", "D132")
    elif parameter.value is not None:
        try:
            check(parameter, parameter.value)
        except ParameterInvalid as error:
            faults.add(document.place(("params", parameter.name, "value")), str(error), "D133")


def _lint_step(step: Step, runbook: Runbook, document: Document, location: Location, faults: Faults) -> None:
    if step.effect is Effect.ONCE and step.probe is None:
        message = f"step '{step.id}' is 'once', so it needs a 'probe' that tells after a crash whether it has happened"
        faults.add(document.place(location), message, "D140")
    if step.timeout.total_seconds() <= 0:
        faults.add(document.place((*location, step.kind)), f"step '{step.id}': a timeout is longer than 0s", "D141")
    _lint_body(step, runbook, document, (*location, step.kind), faults)
    if step.probe is not None:
        _lint_body(step.probe, runbook, document, (*location, "probe", step.probe.kind), faults)


def _lint_body(step: Step, runbook: Runbook, document: Document, location: Location, faults: Faults) -> None:
    for where, text in _texts(step.body, ()):
        for reference in REFERENCE.findall(text):
            _lint_reference(reference, where, runbook, (document, (*location, *where)), faults)
    argv = step.body.get("argv")
    if isinstance(argv, list) and argv:
        _lint_argv([str(word) for word in argv], document, (*location, "argv"), faults)


def _lint_reference(
    reference: str, where: Location, runbook: Runbook, at: tuple[Document, Location], faults: Faults
) -> None:
    place = at[0].place(at[1])
    found = NAMED.fullmatch(reference)
    if found is None:
        message = f"'${{{reference}}}' is not a reference; write ${{params.NAME}}"
        faults.add(place, message, "D150")
        return
    parameter = runbook.params.get(found.group(1))
    if parameter is None:
        hint = did_you_mean(found.group(1), runbook.params) or f"; known are {', '.join(runbook.params) or 'none'}"
        faults.add(place, f"'${{{reference}}}' names no parameter of this runbook{hint}", "D151")
    elif where[0] == "argv" and parameter.type in NEVER_IN_ARGV:
        remedy = (
            "give it by 'stdin' or 'env'" if parameter.type == "secret" else "use a closed type such as name or path"
        )
        message = f"parameter '{parameter.name}' is a {parameter.type}, which never stands in argv; {remedy}"
        faults.add(place, message, "D152")
    elif parameter.type == "secret" and where[0] not in {"env", "stdin", "headers", "body", "args"}:
        message = f"the secret '{parameter.name}' may only stand in env, stdin, headers, body or args"
        faults.add(place, message, "D153")


def _lint_argv(argv: list[str], document: Document, location: Location, faults: Faults) -> None:
    if "${" in argv[0]:
        faults.add(document.place((*location, 0)), "the program itself must not come from a parameter", "D154")
    program = argv[0].rpartition("/")[2]
    for index, word in enumerate(argv[1:], start=1):
        if program in SHELLS and "${" in word:
            message = f"a parameter handed to '{program}' would be parsed again; call the program itself"
            faults.add(document.place((*location, index)), message, "D155")
        if word in {"*", "?"}:
            message = f"'{word}' is not expanded, as there is no shell; name what is meant"
            faults.add(document.place((*location, index)), message, "D156")


def _texts(content: Any, location: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(content, str):
        yield location, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, (*location, key))
    elif isinstance(content, list):
        for index, value in enumerate(content):
            yield from _texts(value, (*location, index))
