"""A ring that shows how much of a promised time is used."""

import math
from dataclasses import dataclass
from datetime import timedelta

RADIUS = 24
AROUND = 2 * math.pi * RADIUS


@dataclass(frozen=True, slots=True)
class Ring:
    """For a circle with `stroke-dasharray`; `kind` is left, soon (less than a quarter left) or late."""

    used: str
    kind: str


def ring(elapsed: timedelta, within: timedelta) -> Ring:
    share = elapsed / within if within else 1.0
    kind = "late" if share >= 1 else "soon" if share > 0.75 else "left"
    return Ring(used=f"{min(share, 1.0) * AROUND:.1f} {AROUND:.1f}", kind=kind)
