"""One comparison of a condition, judged in three values: true, false, and None for what cannot be known.

Unknown is what is missing, null, not a finite number, or not of the type that the literal asks for.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from monitors.patterns import Pattern

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """From `low` to `high`, both included."""

    low: float
    high: float


Operand = float | str | bool | tuple[float | str | bool, ...] | Between | Pattern


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path operator operand`; `value_type` is what the kind declares for the path."""

    path: Path
    value_type: str
    operator: str
    operand: Operand

    def holds(self, values: Mapping[str, Any]) -> bool | None:
        value = look_up(values, self.path)
        return None if value is None else JUDGES[self.operator](value, self.operand)

    def comparisons(self) -> "tuple[Comparison, ...]":
        return (self,)


def look_up(values: Mapping[str, Any], path: Path) -> Any:
    """The value at `path`; None when it, or anything on the way, is missing."""
    found: Any = values
    for step in path:
        if isinstance(step, str):
            found = found.get(step) if isinstance(found, Mapping) else None
        else:
            found = found[step] if isinstance(found, list | tuple) and step < len(found) else None
        if found is None:
            return None
    return found


def as_number(value: object) -> float | None:
    """A finite number; None for anything else, yes-or-no and text that looks like a number included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def _equals(value: object, operand: object) -> bool | None:
    for kind in (bool, str):
        if isinstance(operand, kind):
            return value == operand if isinstance(value, kind) else None
    number = as_number(value)
    return None if number is None else number == operand


def _differs(value: object, operand: object) -> bool | None:
    same = _equals(value, operand)
    return None if same is None else not same


def _ordered(compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool | None]:
    def judge(value: object, operand: float) -> bool | None:
        number = as_number(value)
        return None if number is None else compare(number, operand)

    return judge


def _is_in(value: object, operand: Between | tuple[object, ...]) -> bool | None:
    if isinstance(operand, Between):
        number = as_number(value)
        return None if number is None else operand.low <= number <= operand.high
    answers = {_equals(value, item) for item in operand}
    return True if True in answers else None if None in answers else False


def _contains(value: object, operand: object) -> bool | None:
    if isinstance(value, str):
        return operand in value if isinstance(operand, str) else None
    if isinstance(value, list | tuple):
        return any(_equals(item, operand) is True for item in value)
    return None


def _matches(value: object, operand: Pattern) -> bool | None:
    return operand.found_in(value) if isinstance(value, str) else None


JUDGES: Mapping[str, Callable[[Any, Any], bool | None]] = {
    "==": _equals,
    "!=": _differs,
    "<": _ordered(lambda value, limit: value < limit),
    "<=": _ordered(lambda value, limit: value <= limit),
    ">": _ordered(lambda value, limit: value > limit),
    ">=": _ordered(lambda value, limit: value >= limit),
    "in": _is_in,
    "contains": _contains,
    "matches": _matches,
}
