"""A monitor as a plain Python function: it returns what it saw; what counts as healthy stands in the decorator.

    @monitor(every="5m", service="payments", crit={"oldest_s": "> 900"}, warn={"oldest_s": "> 300"}, runbook="requeue")
    def payout_queue() -> dict[str, float]:
        "Payouts leave the queue in time."
        return {"oldest_s": oldest_unpaid_seconds()}

The function stands in a `.py` file under `monitors/` of the definitions and can be called like any other. Raising is
unknown, never critical.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar, Unpack

MARK = "__watchdesk_monitor__"
Function = TypeVar("Function", bound=Callable[..., Any])


class Settings(TypedDict, total=False):
    """What the decorator takes: the keys of an entry in monitors/*.yaml, and thresholds by the name of a value."""

    id: str
    title: str
    symptom: str
    service: str
    item: str
    every: str
    timeout: str
    attempts: int
    retry: str
    needs: Sequence[str]
    runbook: str
    resolve: Mapping[str, Any]
    flap: Mapping[str, Any]
    unknown: Mapping[str, Any]
    tags: Mapping[str, str]
    location: str
    expect: Sequence[str | Mapping[str, Any]]
    warn: Mapping[str, str]
    crit: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a decorator said about its function: the entry as a file would spell it, without the kind."""

    id: str
    entry: Mapping[str, Any]


def monitor(**settings: Unpack[Settings]) -> Callable[[Function], Function]:
    """Declares a function as a monitor; the function itself is left as it is.

    Without `id` its name counts, with hyphens; without `title` the first line of its docstring. Settings are checked
    when the definitions are loaded, together with everything else.
    """

    def declare(function: Function) -> Function:
        setattr(function, MARK, _declaration(function, dict(settings)))
        return function

    return declare


def declaration_of(something: object) -> Declaration | None:
    """What was declared of a function; None for anything else."""
    found = getattr(something, MARK, None)
    return found if isinstance(found, Declaration) else None


def _declaration(function: Callable[..., Any], settings: dict[str, Any]) -> Declaration:
    name = settings.pop("id", None) or function.__name__.replace("_", "-")
    lines = [*settings.pop("expect", ()), *_thresholds(settings.pop("warn", {}), settings.pop("crit", {}))]
    title = (function.__doc__ or "").strip().partition("\n")[0].strip().rstrip(".")
    entry = ({"title": title} if title else {}) | settings | ({"expect": lines} if lines else {})
    return Declaration(str(name), entry)


def _thresholds(warn: Mapping[str, str], crit: Mapping[str, str]) -> list[dict[str, dict[str, str]]]:
    limits: dict[str, dict[str, str]] = {}
    for key, given in (("warn", warn), ("crit", crit)):
        for path, limit in given.items():
            limits.setdefault(path, {})[key] = limit
    return [{path: found} for path, found in limits.items()]
