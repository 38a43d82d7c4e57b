"""The table of step kinds."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from runbooks.steps.check import Check
from runbooks.steps.http import Http
from runbooks.steps.kind import StepKind
from runbooks.steps.note import Note
from runbooks.steps.python import Python
from runbooks.steps.run import Run
from runbooks.steps.wait import Wait

BUILT_IN: Mapping[str, StepKind] = {
    "run": Run(),
    "http": Http(),
    "wait": Wait(),
    "check": Check(),
    "note": Note(),
    "python": Python(),
}


@cache
def kinds() -> Mapping[str, StepKind]:
    """Every kind by its name. A stranger's kind never replaces one of ours."""
    strangers = {point.name: point.load()() for point in entry_points(group="watchdesk.steps")}
    return {**strangers, **BUILT_IN}
