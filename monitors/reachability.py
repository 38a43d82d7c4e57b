"""Who depends on whom: the graph of `needs`, its cycles, and what stands above a monitor."""

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


def cycles(needs: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Each cycle once, as the names along it, from its first name in the order of `needs`."""
    found: list[tuple[str, ...]] = []
    settled: set[str] = set()
    for start in needs:
        if start not in settled:
            _walk(start, needs, settled, found)
    return found


def _walk(start: str, needs: Mapping[str, Iterable[str]], settled: set[str], found: list[tuple[str, ...]]) -> None:
    """Depth first, without recursion: definitions may be chained thousands deep."""
    path = [start]
    place = {start: 0}
    ahead = [iter(needs[start])]
    while ahead:
        following = next(ahead[-1], None)
        if following is None:
            ahead.pop()
            settled.add(path[-1])
            del place[path.pop()]
        elif following in place:
            found.append(tuple(path[place[following] :]))
        elif following in needs and following not in settled:
            place[following] = len(path)
            path.append(following)
            ahead.append(iter(needs[following]))
