"""Rows of stripes: the last checks of a monitor, the last days of a service. Taller is worse, whatever the colour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

BASE = 20
TOPS = {"critical": 0, "warning": 4, "unknown": 11, "ok": 8, "none": 16}
CHECK, DAY = 4, 8


class Day(Protocol):
    """A day of a service, as `improvement.days` has it."""

    @property
    def worst(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Stripe:
    """Neighbours of one kind as one path; `first` and `last` count from the start of the row."""

    kind: str
    path: str
    first: int
    last: int


def stripes(kinds: Sequence[str | None], room: int) -> list[Stripe]:
    """The checks, oldest first, at the right end of a row with `room` of them."""
    shown = kinds[-room:]
    return list(_runs(shown, CHECK, room - len(shown)))


def day_stripes(days: Sequence[Day]) -> list[Stripe]:
    """The days, oldest first. Each bad day stands alone, so that it can carry its own words."""
    return list(_runs([day.worst for day in days], DAY, 0, alone=("warning", "critical")))


def _runs(kinds: Sequence[str | None], width: int, skipped: int, alone: tuple[str, ...] = ()) -> Iterator[Stripe]:
    """Runs of equal kinds; the gaps between stripes are made by the dashes of the style sheet."""
    for _, found in groupby(enumerate(kinds), key=lambda at: (at[1], at[0] if at[1] in alone else -1)):
        run = list(found)
        kind, first, last = run[0][1] or "none", run[0][0], run[-1][0]
        length = (last - first + 1) * width - width // 4
        yield Stripe(kind, f"M{(skipped + first) * width} {_middle(kind):g}h{length}", first, last)


def _middle(kind: str) -> float:
    return BASE - height_of(kind) / 2 - (4 if kind == "unknown" else 0)


def height_of(kind: str) -> int:
    """How tall a stripe of this kind is, of 20; the style sheet says the same."""
    return BASE - TOPS[kind] - (4 if kind == "unknown" else 0)
