"""Quantities as people write them: durations, percentages, byte sizes, as types for pydantic models.

`Duration` becomes a timedelta, `Ratio` a float from 0 to 1, `ByteSize` an int.
"""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
BYTES = {
    "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)")


def parse_duration(text: str) -> timedelta:
    """`500ms`, `10s`, `5m`, `2h`, `7d`, or several of them together as `1h30m`. Raises ValueError."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        message = f"'{text}' is not a duration; write a number and a unit of ms, s, m, h, d or w, like 90s or 1h30m"
        raise ValueError(message)
    return timedelta(seconds=sum(float(number) * SECONDS[unit] for number, unit in parts))


def parse_ratio(text: str) -> float:
    """`99.9%` as 0.999. Raises ValueError for anything outside 0 % to 100 %."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s?%", text)
    if not found or float(found.group(1)) > 100:
        message = f"'{text}' is not a percentage; write a number from 0 to 100 and %, like 99.9%"
        raise ValueError(message)
    return float(found.group(1)) / 100


def parse_bytes(text: str) -> int:
    """`10MiB` as 10485760. Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s?([A-Za-z]+)", text)
    if not found or found.group(2) not in BYTES:
        message = f"'{text}' is not a size; write a number and one of {', '.join(BYTES)}, like 10MiB"
        raise ValueError(message)
    return round(float(found.group(1)) * BYTES[found.group(2)])


def format_duration(duration: timedelta) -> str:
    """Shortest exact spelling that parse_duration reads: `1h30m`, `500ms`, `0s`."""
    milliseconds = round(duration.total_seconds() * 1000)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _text(parse: Any, example: str) -> BeforeValidator:
    def read(given: object) -> object:
        if isinstance(given, str):
            return parse(given)
        if isinstance(given, timedelta):
            return given
        message = f"{given!r} has no unit; write it like {example}"
        raise ValueError(message)

    return BeforeValidator(read)


Duration = Annotated[
    timedelta,
    _text(parse_duration, "30s"),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d|w))+$", "examples": ["30s", "1h30m"]}),
]
Ratio = Annotated[
    float,
    _text(parse_ratio, "99.9%"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s?%$", "examples": ["99.9%"]}),
]
ByteSize = Annotated[
    int,
    _text(parse_bytes, "10MiB"),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?\s?[A-Za-z]+$", "examples": ["10MiB"]}),
]
