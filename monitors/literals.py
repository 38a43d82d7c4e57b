"""Literals of conditions: numbers with or without a unit, text, yes or no, and which values they may be compared to."""

import math
import re
from dataclasses import dataclass
from datetime import timedelta

from monitors.errors import TextInvalid
from watchdesk.definitions.quantities import BYTES, SECONDS, format_duration, parse_duration
from watchdesk.spelling import did_you_mean

NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?(?:[A-Za-z%][A-Za-z0-9%]*)?")
PLAIN = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
LONGEST_TEXT = 120
LARGEST_SHOWN = 10**30
COMPARABLE = {
    "number": frozenset({"number"}),
    "duration": frozenset({"duration"}),
    "size": frozenset({"size", "number"}),
    "percent": frozenset({"percent", "number"}),
    "text": frozenset({"text"}),
    "boolean": frozenset({"boolean"}),
}
SPELLED = {
    "number": "a number like 200",
    "duration": "a duration like 300ms or 21d",
    "size": "a size like 10MiB",
    "percent": "a percentage like 90%",
    "text": 'text in quotes like "UP"',
    "boolean": "true or false",
}


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written. `type` is number, duration (seconds), size (bytes), percent (0-100), text or boolean."""

    type: str
    value: float | str | bool
    text: str


def number(text: str) -> Literal:
    """What a number with or without a unit means. Raises TextInvalid for an unknown unit."""
    if PLAIN.fullmatch(text):
        value = float(text)
        if math.isinf(value):
            message = f"{text} is larger than any number here"
            raise TextInvalid(message)
        return Literal("number", int(value) if value.is_integer() and abs(value) < 2**53 else value, text)
    figure = PLAIN.match(text)
    if figure is None:
        message = f"'{text}' is not a number"
        raise TextInvalid(message)
    unit = text[figure.end() :]
    if unit == "%":
        return Literal("percent", float(figure.group()), text)
    return _with_unit(text, unit, figure.end())


def _with_unit(text: str, unit: str, at: int) -> Literal:
    figure = text[:at]
    if unit in SECONDS:
        return Literal("duration", float(figure) * SECONDS[unit], text)
    if unit in BYTES:
        return Literal("size", float(figure) * BYTES[unit], text)
    try:
        return Literal("duration", parse_duration(text).total_seconds(), text)
    except ValueError:
        known = [*SECONDS, *BYTES, "%"]
        message = f"'{unit}' is not a unit; known are {', '.join(known)}{did_you_mean(unit, known)}"
        raise TextInvalid(message, at + 1) from None


def complaint(path: str, value_type: str, literal: Literal) -> str | None:
    """Why a value of that type cannot be compared to the literal, with the remedy; None when it can.

    Zero needs no unit; sizes and percentages may be written as plain numbers.
    """
    allowed = COMPARABLE.get(value_type)
    if allowed is None or literal.type in allowed:
        return None
    if value_type == "duration" and literal.type == "number":
        if literal.value == 0:
            return None
        return f"'{path}' is a duration, and {literal.text} has no unit; write {literal.text}ms or {literal.text}s"
    return f"'{path}' is compared to {SPELLED[value_type]}, not to {literal.text}"


def show(value: object, value_type: str = "json") -> str:
    """A value as people read it: durations and sizes with a fitting unit, long text shortened."""
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= LONGEST_TEXT else f'"{value[:LONGEST_TEXT]}…"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _show_number(value, value_type)
    if isinstance(value, timedelta):
        return show_seconds(value.total_seconds())
    shown = str(value)
    return shown if len(shown) <= LONGEST_TEXT else f"{shown[:LONGEST_TEXT]}…"


def _show_number(value: float, value_type: str) -> str:
    if isinstance(value, int):
        if value_type not in {"duration", "size", "percent"}:
            return str(value) if abs(value) < LARGEST_SHOWN else "a huge number"
        value = float(min(max(value, -LARGEST_SHOWN), LARGEST_SHOWN))
    if value_type == "duration":
        return show_seconds(value)
    if value_type == "size":
        return show_bytes(value)
    shown = f"{value:.4g}" if abs(value) < 1000 else f"{value:.10g}"
    return f"{shown}%" if value_type == "percent" else shown


def show_seconds(seconds: float) -> str:
    """`12ms`, `1.25s`, `21d4h`: three digits that matter, not more."""
    if not abs(seconds) < 1e11:
        return str(seconds)
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    if seconds < 1:
        return f"{sign}{seconds * 1000:.3g}ms"
    if seconds < 60:
        return f"{sign}{seconds:.3g}s"
    step = 1 if seconds < 3600 else 60 if seconds < 86400 else 3600
    return sign + format_duration(timedelta(seconds=seconds // step * step))


def show_bytes(size: float) -> str:
    """`10.5MiB`: in the largest binary unit that leaves at least one."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if abs(size) >= BYTES[unit]:
            return f"{size / BYTES[unit]:.4g}{unit}"
    return f"{size:.10g}B"
