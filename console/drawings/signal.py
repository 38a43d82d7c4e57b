"""The graph of one monitor: latency as a line, failures shaded, unknown time marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from improvement.words import spoken
from watchdesk.health import Health

WIDTH, HEIGHT, FLOOR, LEFT = 720, 140, 116, 54
LETTER, AIR = 6.6, 12  # of a label in a shade
HIGHEST_LIMIT = 12  # times the longest latency; a limit beyond would flatten the line
BUCKETS = 240
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
MOST_TICKS = 6
NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Point:
    """One result: seconds since the epoch, verdict, latency in seconds."""

    at: float
    health: Health
    latency_s: float | None


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch of bad results; `label` says how long, where there is room for it."""

    x: float
    width: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A latency that should not be exceeded, with the health beyond it."""

    seconds: float
    kind: str


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit as a line across the graph; its label stands above the line where there is room, else below."""

    y: float
    label_y: float
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A position with words."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Ready for SVG: polylines as points attributes, shades, ticks of time (below) and of latency (left)."""

    width: int
    height: int
    floor: int
    left: int
    lines: tuple[str, ...]
    shades: tuple[Shade, ...]
    times: tuple[Mark, ...]
    levels: tuple[Mark, ...]
    limits: tuple[LimitLine, ...]
    longest_s: float


def graph(points: Sequence[Point], since: datetime, until: datetime, limits: Sequence[Limit] = ()) -> Graph:
    """The results of [since, until), oldest first, thinned so that each peak and each failure stays visible.

    Limits far above all that was measured are left out: they would press the line to the floor.
    """
    start, length_s = since.timestamp(), max(1.0, (until - since).total_seconds())
    shown = [point for point in points if start <= point.at < start + length_s]
    longest_s = max((p.latency_s for p in shown if p.latency_s is not None), default=0.0)
    drawn = [limit for limit in limits if limit.seconds <= longest_s * HIGHEST_LIMIT]
    ceiling_s = _ceiling(max([longest_s, *(limit.seconds for limit in drawn)]))

    def x(at: float) -> float:
        return round(LEFT + (at - start) / length_s * (WIDTH - LEFT), 1)

    def y(latency_s: float) -> float:
        return round(FLOOR - min(latency_s, ceiling_s) / ceiling_s * (FLOOR - 12), 1)

    return Graph(
        width=WIDTH,
        height=HEIGHT,
        floor=FLOOR,
        left=LEFT,
        lines=tuple(
            " ".join(f"{x(at)},{y(latency_s)}" for at, latency_s in run) for run in _runs(shown, start, length_s)
        ),
        shades=tuple(_shade(x(a), x(b), b - a, kind) for a, b, kind in _bad_stretches(shown)),
        times=tuple(Mark(min(x(at), WIDTH - 24), HEIGHT - 6, label) for at, label in _times(since, until)),
        levels=(Mark(0, y(ceiling_s), _latency(ceiling_s)), Mark(0, y(ceiling_s / 2), _latency(ceiling_s / 2))),
        limits=tuple(_limit_line(y(limit.seconds), limit) for limit in drawn),
        longest_s=ceiling_s,
    )


def _limit_line(y: float, limit: Limit) -> LimitLine:
    is_high = y < 28
    return LimitLine(y, y + 13 if is_high else y - 4, f"limit {_latency(limit.seconds)}", limit.kind)


def _shade(start: float, end: float, length_s: float, kind: str) -> Shade:
    width = round(max(2.0, end - start), 1)
    words = spoken(length_s) if length_s < 60 else spoken(round(length_s))
    label = f"{kind} {words}"
    return Shade(start, width, kind, label if width > AIR + LETTER * len(label) else "")


def _runs(points: Sequence[Point], start: float, length_s: float) -> list[list[tuple[float, float]]]:
    """The latencies, one a bucket (the largest), in runs without gaps of missing latency."""
    buckets: dict[int, tuple[float, float] | None] = {}
    for point in points:
        bucket = int((point.at - start) / length_s * BUCKETS)
        known = buckets.get(bucket)
        if point.latency_s is not None and (known is None or point.latency_s > known[1]):
            buckets[bucket] = (point.at, point.latency_s)
        else:
            buckets.setdefault(bucket, None)
    runs: list[list[tuple[float, float]]] = [[]]
    for bucket in sorted(buckets):
        found = buckets[bucket]
        if found is None:
            runs.append([])
        else:
            runs[-1].append(found)
    return [run for run in runs if run]


def _bad_stretches(points: Sequence[Point]) -> list[tuple[float, float, str]]:
    """From the first bad result of a kind to the next that is not of it."""
    found: list[tuple[float, float, str]] = []
    began: Point | None = None
    for point in points:
        if began is not None and point.health is not began.health:
            found.append((began.at, point.at, began.health.value))
            began = None
        if began is None and point.health is not Health.OK:
            began = point
    if began is not None:
        found.append((began.at, points[-1].at, began.health.value))
    return found


def _times(since: datetime, until: datetime) -> list[tuple[float, str]]:
    length_s = (until - since).total_seconds()
    step_s = next((step for step in STEPS_S if length_s / step <= MOST_TICKS), STEPS_S[-1] * 7)
    shape = "%d %b" if step_s >= 86400 else "%H:%M" if step_s >= 60 else "%H:%M:%S"
    first = (since.timestamp() // step_s + 1) * step_s
    marks = []
    while first < until.timestamp():
        marks.append((first, (since + timedelta(seconds=first - since.timestamp())).strftime(shape)))
        first += step_s
    return marks


def _ceiling(longest_s: float) -> float:
    """The next round number above the longest latency."""
    magnitude = 0.001
    while True:
        for nice in NICE:
            if longest_s * 1.05 <= nice * magnitude:
                return nice * magnitude
        magnitude *= 10


def _latency(seconds: float) -> str:
    return f"{seconds * 1000:g} ms" if seconds < 1 else f"{seconds:g} s"
