"""Who depends on whom: the graph of `needs`, and what stands above and below a monitor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitors.monitor import Monitor


@dataclass(frozen=True, slots=True)
class Graph:
    """The needs of every monitor, without cycles. `above` lists all that a monitor depends on, root first."""

    above: Mapping[str, tuple[str, ...]]
    children: Mapping[str, tuple[str, ...]]


def graph(monitors: Iterable[Monitor]) -> Graph:
    """The graph of monitors whose needs have no cycle; needs that name no monitor are left out."""
    needs = {monitor.id: monitor.needs for monitor in monitors}
    children: dict[str, list[str]] = {}
    for name, parents in needs.items():
        for parent in parents:
            children.setdefault(parent, []).append(name)
    above = {name: _above(name, needs) for name in needs}
    return Graph(above, {name: tuple(found) for name, found in children.items()})


def _above(name: str, needs: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """All ancestors, each behind everything that it depends on itself."""
    order: list[str] = []
    seen = {name}
    waiting = [(parent, False) for parent in reversed(needs[name])]
    while waiting:
        current, is_done = waiting.pop()
        if is_done:
            order.append(current)
        elif current not in seen and current in needs:
            seen.add(current)
            waiting.append((current, True))
            waiting += [(parent, False) for parent in reversed(needs[current])]
    return tuple(order)
