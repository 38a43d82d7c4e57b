"""`@runbook(...)`: a Python function as a runbook; the decorator takes what a runbook file would say."""

import hashlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., object])
CONTENT = "__watchdesk_runbook__"
STEP_KEYS = ("effect", "probe")


def runbook(**definition: Any) -> Callable[[Function], Function]:
    """Marks a function as a runbook's (last) step; the function itself stays as it is.

    The keywords are the keys of a runbook file, `apiVersion` apart, and for the function's own step `effect`,
    `probe` and `timeout`. Its arguments are the parameters of the same names, as text. It runs in a process of its
    own, and succeeds unless it raises or returns False.
    """

    def mark(function: Function) -> Function:
        setattr(function, CONTENT, definition)
        return function

    return mark


def content_of(function: Callable[..., object], path: Path) -> dict[str, Any] | None:
    """What a runbook file would hold for the marked `function` of the file at `path`; None when it is not marked."""
    definition = getattr(function, CONTENT, None)
    if definition is None:
        return None
    call: dict[str, Any] = {
        "function": f"{path}:{function.__name__}",
        "args": {name: f"${{params.{name}}}" for name in inspect.signature(function).parameters},
        "code": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    if "timeout" in definition:
        call["timeout"] = definition["timeout"]
    step = {"id": function.__name__.replace("_", "-"), "python": call}
    step |= {key: definition[key] for key in STEP_KEYS if key in definition}
    rest = {key: value for key, value in definition.items() if key not in (*STEP_KEYS, "timeout", "steps")}
    return {"apiVersion": "watchdesk/v1", **rest, "steps": [*definition.get("steps", []), step]}
