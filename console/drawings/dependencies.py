"""A map of services in layers: what is used stands to the right of who uses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN = 156, 36, 56, 14, 4
LONGEST_LABEL = 16
SWEEPS = 4
ALONE_IN_A_ROW = 4


@dataclass(frozen=True, slots=True)
class Node:
    """One service; `title` is the whole name, `label` as much as fits into the box."""

    id: str
    x: float
    y: float
    label: str
    title: str
    health: str


@dataclass(frozen=True, slots=True)
class Edge:
    """From who uses to what is used, as the path of an SVG curve."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Ready for SVG."""

    width: int
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


def draw(uses: Mapping[str, Sequence[str]], health: Mapping[str, str], titles: Mapping[str, str]) -> Map:
    """The services of `uses` (each with those it depends on, without cycles), coloured by `health`.

    Services without any arrow stand in rows of their own below the others.
    """
    joined = {name for name, used in uses.items() if used} | {name for used in uses.values() for name in used}
    columns = _columns({name: used for name, used in uses.items() if name in joined}, titles)
    alone = sorted((name for name in uses if name not in joined), key=lambda name: titles.get(name, name))
    places = _places(columns, alone)
    return Map(
        width=round(max((x for x, _ in places.values()), default=0)) + BOX_WIDTH + MARGIN,
        height=round(max((y for _, y in places.values()), default=0)) + BOX_HEIGHT + MARGIN,
        nodes=tuple(
            Node(name, x, y, _label(titles.get(name, name)), titles.get(name, name), health.get(name) or "none")
            for name, (x, y) in places.items()
        ),
        edges=tuple(Edge(_curve(places[user], places[used])) for user in uses for used in uses[user] if used in places),
    )


def _columns(uses: Mapping[str, Sequence[str]], titles: Mapping[str, str]) -> list[list[str]]:
    """The layers from left to right; within each the services stand near those they are joined to."""
    layers = _layers(uses)
    columns: list[list[str]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for name in sorted(uses, key=lambda n: titles.get(n, n)):
        columns[layers[name]].append(name)
    near: dict[str, list[str]] = {name: list(used) for name, used in uses.items()}
    for user, names in uses.items():
        for name in names:
            near.setdefault(name, []).append(user)
    for _ in range(SWEEPS):
        rows = {name: row - len(column) / 2 for column in columns for row, name in enumerate(column)}
        for column in columns:
            column.sort(key=lambda name: _mean([rows[other] for other in near[name] if other in rows]))
    return columns


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0


def _places(columns: Sequence[Sequence[str]], alone: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Left upper corners; columns are centred on one another."""
    step_x, step_y = BOX_WIDTH + GAP_X, BOX_HEIGHT + GAP_Y
    tallest = max((len(column) for column in columns), default=0)
    places: dict[str, tuple[float, float]] = {
        name: (MARGIN + x * step_x, MARGIN + (row + (tallest - len(column)) / 2) * step_y)
        for x, column in enumerate(columns)
        for row, name in enumerate(column)
    }
    per_row, top = max(ALONE_IN_A_ROW, len(columns)), tallest * step_y + (GAP_Y if tallest else 0)
    for at, name in enumerate(alone):
        places[name] = (MARGIN + at % per_row * step_x, MARGIN + top + at // per_row * step_y)
    return places


def _layers(uses: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How far right each stands: one more than the farthest of its users."""
    layers = dict.fromkeys(uses, 0)
    for _ in range(len(uses)):
        moved = False
        for user, used in ((user, name) for user, names in uses.items() for name in names if name in layers):
            if layers[used] <= layers[user]:
                layers[used] = layers[user] + 1
                moved = True
        if not moved:
            break
    return layers


def _curve(start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT / 2
    x2, y2 = end[0], end[1] + BOX_HEIGHT / 2
    bend = max(24.0, abs(x2 - x1) / 2)
    return f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"


def _label(title: str) -> str:
    return title if len(title) <= LONGEST_LABEL else title[: LONGEST_LABEL - 1].rstrip() + "…"
