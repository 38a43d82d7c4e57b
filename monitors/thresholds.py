"""Thresholds on one value: `latency: {warn: "> 300ms", crit: "> 2s", recover: "< 250ms", for: 30s}`.

A limit is a comparison without its path, or a range of the Nagios plugin guidelines (`80`, `10:20`, `@10:20`), which
alerts outside and with `@` inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from monitors import conditions, ranges
from monitors.comparisons import Between, Comparison, Path
from monitors.condition_parser import Values, read_path
from monitors.condition_words import SPOKEN
from monitors.conditions import Condition
from monitors.errors import TextInvalid
from monitors.expectation import Expectation
from monitors.literals import Literal, complaint
from monitors.logic import Not
from monitors.value_types import operators_for, path_text, type_at
from watchdesk.definitions.quantities import format_duration

UPWARD = frozenset({">", ">="})
DOWNWARD = frozenset({"<", "<="})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits as written; None for one that was not given."""

    warn: str | None = None
    crit: str | None = None
    recover: str | None = None
    for_at_least: timedelta = timedelta(0)


class LimitInvalid(TextInvalid):
    """A limit that cannot be read; `key` is warn, crit or recover, or '' for the path or all of them together."""

    def __init__(self, key: str, message: str, column: int = 1) -> None:
        super().__init__(message, column)
        self.key = key


def read_thresholds(path: str, limits: Limits, values: Values) -> Expectation:
    """The expectation that the limits on `path` make. Raises LimitInvalid."""
    steps = _path(path, values)
    read = {
        key: _limit(key, steps, text, values)
        for key in ("warn", "crit", "recover")
        if (text := getattr(limits, key)) is not None
    }
    if "warn" not in read and "crit" not in read:
        message = f"'{path}' has neither warn nor crit; give one of both"
        raise LimitInvalid("", message)
    _check_sense(read)
    return Expectation(
        text=_text(path, limits),
        warn=read.get("warn"),
        crit=read.get("crit"),
        recover=read.get("recover"),
        for_at_least=limits.for_at_least,
    )


def _path(path: str, values: Values) -> Path:
    try:
        return read_path(path, values)
    except TextInvalid as error:
        raise LimitInvalid("", error.message, error.column) from error


def _limit(key: str, path: Path, text: str, values: Values) -> Condition:
    try:
        if text.lstrip()[:1] in set("<>=!") or text.split(maxsplit=1)[:1] in [[word] for word in SPOKEN]:
            return _comparison(path, text, values)
        if key == "recover":
            message = f"'{text}' is not a comparison; write when it has recovered, like < 250ms"
            raise TextInvalid(message)
        return _range(path, text, values)
    except TextInvalid as error:
        raise LimitInvalid(key, error.message, error.column) from error


def _comparison(path: Path, text: str, values: Values) -> Condition:
    prefix = path_text(path) + " "
    try:
        condition = conditions.parse(prefix + text, values)
    except TextInvalid as error:
        raise error.moved(-len(prefix)) from error
    if not isinstance(condition.root, Comparison):
        message = f"'{text}' is more than one comparison; write it as a condition of its own"
        raise TextInvalid(message)
    return condition


def _range(path: Path, text: str, values: Values) -> Condition:
    found = ranges.parse(text.strip())
    name, value_type = path_text(path), type_at(path, values, 1)
    if "in" not in operators_for(value_type) or value_type in {"text", "boolean"}:
        message = f"'{name}' is a {value_type}; a range fits only numbers"
        raise TextInvalid(message)
    for written in found.types:
        wrong = complaint(name, value_type, Literal(written, 1.0, text))
        if wrong:
            raise TextInvalid(wrong)
    inside = Comparison(path, value_type, "in", Between(found.start, found.end))
    return conditions.of(f"{name} in range {text}", inside if found.alerts_inside else Not(inside))


def _check_sense(read: Mapping[str, Condition]) -> None:
    """Refuses limits that contradict one another, as far as plain comparisons with numbers show it."""
    warn, crit, recover = (_side(read.get(key)) for key in ("warn", "crit", "recover"))
    if warn and crit and warn[0] == crit[0] and (crit[1] - warn[1]) * crit[0] < 0:
        message = "crit is reached before warn, so that warn is never seen; exchange them"
        raise LimitInvalid("crit", message)
    bad = warn or crit
    if bad and recover and (recover[0] == bad[0] or (bad[1] - recover[1]) * bad[0] < 0):
        message = "recover holds while the value is still bad; it belongs on the good side of the limits"
        raise LimitInvalid("recover", message)


def _side(condition: Condition | None) -> tuple[int, float] | None:
    """Which way a limit is bad, 1 for up and -1 for down, and where it stands; None when that is not plain."""
    if condition is None or not isinstance(condition.root, Comparison):
        return None
    operator, limit = condition.root.operator, condition.root.operand
    if isinstance(limit, bool) or not isinstance(limit, int | float):
        return None
    return (1, limit) if operator in UPWARD else (-1, limit) if operator in DOWNWARD else None


def _text(path: str, limits: Limits) -> str:
    parts = [f"{key} {text}" for key in ("warn", "crit", "recover") if (text := getattr(limits, key)) is not None]
    if limits.for_at_least:
        parts.append(f"for {format_duration(limits.for_at_least)}")
    return f"{path}: {', '.join(parts)}"
