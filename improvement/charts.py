"""Geometry of the report's charts: numbers in, positions for the SVG of the templates out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from improvement.availability import Stretch
from improvement.words import spoken

MINIMUM_WIDTH = 1.0  # a short outage stays visible
TICKS_S = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 86400, 7 * 86400, 30 * 86400)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a bar; `kind` becomes its class."""

    x: float
    width: float
    kind: str
    label: str


def timeline(stretches: Sequence[Stretch], since: datetime, until: datetime, width: float) -> list[Box]:
    """One bar from `since` to `until`; the worse a stretch, the later it is drawn, so that it stays on top."""
    whole_s = (until - since).total_seconds() or 1
    boxes = []
    for stretch in stretches:
        x = (stretch.start - since).total_seconds() / whole_s * width
        length_s = (stretch.end - stretch.start).total_seconds()
        kind = stretch.health.value if stretch.health else "unmeasured"
        label = f"{kind} for {spoken(length_s)} from {stretch.start:%Y-%m-%d %H:%M:%S} UTC"
        boxes.append(Box(x, max(MINIMUM_WIDTH, length_s / whole_s * width), kind, label))
    order = ("unmeasured", "ok", "unknown", "warning", "critical")
    return sorted(boxes, key=lambda box: order.index(box.kind))


def stacked(counts: Mapping[str, int], width: float) -> list[Box]:
    """One bar divided by shares, in the order of the mapping."""
    total = sum(counts.values())
    boxes: list[Box] = []
    x = 0.0
    for kind, count in counts.items():
        share = count / total * width if total else 0
        boxes.append(Box(x, share, kind, f"{count} {kind.replace('_', ' ')}"))
        x += share
    return boxes


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Durations as dots on a logarithmic axis."""

    dots: tuple[Tick, ...]
    ticks: tuple[Tick, ...]
    median: float | None
    interval: tuple[float, float] | None


def strip(
    values_s: Sequence[float], median_s: float | None, interval_s: tuple[float | None, float | None], width: float
) -> Strip:
    """A strip plot of durations; positions in [0, width]. An open end of the interval reaches the border."""
    low, high = _range(values_s)
    span = math.log10(high / low)

    def place(seconds: float) -> float:
        return min(1.0, max(0.0, math.log10(max(seconds, low) / low) / span)) * width

    start, end = interval_s
    return Strip(
        dots=tuple(Tick(place(value), spoken(value)) for value in values_s),
        ticks=tuple(Tick(place(tick), spoken(tick)) for tick in TICKS_S if low <= tick <= high),
        median=None if median_s is None else place(median_s),
        interval=None if start is None else (place(start), width if end is None else place(end)),
    )


def _range(values_s: Sequence[float]) -> tuple[float, float]:
    """The decades around the values, at least one and a half wide."""
    low = max(min(values_s, default=1.0), 0.01) * 0.7
    high = max(max(values_s, default=60.0) * 1.4, low * 30)
    return low, high
