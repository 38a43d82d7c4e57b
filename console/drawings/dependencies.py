"""A map of services in layers: what is used stands to the right of who uses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN = 132, 34, 64, 16, 10
LONGEST_LABEL = 18


@dataclass(frozen=True, slots=True)
class Node:
    """One service."""

    id: str
    x: float
    y: float
    label: str
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
    """The services of `uses` (each with those it depends on, without cycles), coloured by `health`."""
    layers = _layers(uses)
    columns: dict[int, list[str]] = {}
    for name in sorted(uses, key=lambda n: (layers[n], titles.get(n, n))):
        columns.setdefault(layers[name], []).append(name)
    places = {
        name: (MARGIN + column * (BOX_WIDTH + GAP_X), MARGIN + row * (BOX_HEIGHT + GAP_Y))
        for column, names in columns.items()
        for row, name in enumerate(names)
    }
    deepest = max((len(names) for names in columns.values()), default=0)
    return Map(
        width=2 * MARGIN + len(columns) * (BOX_WIDTH + GAP_X) - (GAP_X if columns else 0),
        height=2 * MARGIN + deepest * (BOX_HEIGHT + GAP_Y) - (GAP_Y if deepest else 0),
        nodes=tuple(
            Node(name, *places[name], _label(titles.get(name, name)), health.get(name) or "none") for name in places
        ),
        edges=tuple(Edge(_curve(places[user], places[used])) for user in uses for used in uses[user] if used in places),
    )


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
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def _label(title: str) -> str:
    return title if len(title) <= LONGEST_LABEL else title[: LONGEST_LABEL - 1] + "…"
