"""Rows of stripes: the last checks of a monitor, the last days of a service. Taller is worse, whatever the colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

CHECK, DAY = 4, 8
MIDDLES = {"critical": 10, "warning": 12, "ok": 14, "unknown": 13.5, "none": 18}  # half their height above 20


class Day(Protocol):
    """A day of a service, as `improvement.days` has it."""

    @property
    def worst(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Stripe:
    """All stripes of one kind as one path."""

    kind: str
    path: str


def stripes(kinds: Sequence[str | None], room: int) -> list[Stripe]:
    """The checks, oldest first, at the right end of a row with `room` of them."""
    shown = kinds[-room:]
    return _drawn(shown, CHECK, room - len(shown))


def day_stripes(days: Sequence[Day]) -> list[Stripe]:
    """The days, oldest first."""
    return _drawn([day.worst for day in days], DAY, 0)


def _drawn(kinds: Sequence[str | None], width: int, skipped: int) -> list[Stripe]:
    """Runs of equal kinds as lines; the gaps between stripes are made by the dashes of the style sheet."""
    paths: dict[str, str] = {}
    at = skipped
    for found, run in groupby(kinds):
        kind, length = found or "none", sum(1 for _ in run)
        line = f"M{at * width} {MIDDLES[kind]:g}h{length * width - width // 4}"
        paths[kind] = paths.get(kind, "") + line
        at += length
    return [Stripe(kind, path) for kind, path in paths.items()]
