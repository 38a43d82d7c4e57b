"""Ranges of the Nagios plugin guidelines, `[@]start:end`: a value outside alerts, with `@` a value inside does.

Read strictly, where real plugins guess: every leftover character is refused with its place. Scientific notation and
the units of conditions are accepted.
"""

import math
from dataclasses import dataclass

from monitors import literals
from monitors.errors import TextInvalid


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends belong to the range. `types` says what its ends were written as: number, duration, size, percent."""

    start: float
    end: float
    alerts_inside: bool
    text: str
    types: frozenset[str] = frozenset({"number"})

    def alerts(self, value: float) -> bool | None:
        """Whether the value calls for an alert; None for a value that is not a number."""
        if math.isnan(value):
            return None
        return (self.start <= value <= self.end) == self.alerts_inside


def parse(text: str) -> Range:
    """`10` is 0 to 10; `10:` from 10 on; `~:10` up to 10; `@10:20` alerts inside. Raises TextInvalid."""
    inside = text.startswith("@")
    body = text[1:] if inside else text
    if not body:
        message = "a range is missing; write it like 10, 10:20, ~:10 or @10:20"
        raise TextInvalid(message, len(text) + 1)
    first, colon, last = body.partition(":")
    start_at = 2 if inside else 1
    if not colon:
        first, last, end_at = "0", body, start_at
    else:
        end_at = start_at + len(first) + 1
    ends = [_end(first, start_at, -math.inf), _end(last, end_at, math.inf)]
    (start, start_type), (end, end_type) = ends
    if start > end:
        message = f"the range '{text}' ends before it starts; exchange its ends"
        raise TextInvalid(message, end_at)
    types = frozenset(t for t in (start_type if colon else None, end_type) if t)
    return Range(start, end, inside, text, types or frozenset({"number"}))


def _end(text: str, at: int, otherwise: float) -> tuple[float, str | None]:
    """One end and how it was written; what is left open is `otherwise`, except that an open start is zero."""
    if text == "~" and otherwise < 0:
        return otherwise, None
    if not text:
        return (0.0 if otherwise < 0 else otherwise), None
    found = literals.PLAIN.match(text)
    if found is None:
        message = f"'{text}' is not a number; a range is written like 10, 10:20, ~:10 or @10:20"
        raise TextInvalid(message, at)
    try:
        literal = literals.number(text)
    except TextInvalid as error:
        raise error.moved(at - 1) from error
    return float(literal.value), literal.type
