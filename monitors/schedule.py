"""When each monitor is due: on a grid of its own, shifted by a hash of its name, the same after every restart."""

import heapq
import math
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from monitors.monitor import Monitor
from monitors.state import MonitorState
from watchdesk.health import Health, StateType

SPREAD_S = 0.001
STEP_BACK_S = 1.0


class Schedule:
    """Due times of many monitors; instants are seconds since the epoch.

    A monitor handed out by `due` comes back by `done`; should its result get lost, it is due again anyway after its
    timeout. Nothing is caught up more than once: due times missed meanwhile are skipped.
    """

    def __init__(self, monitors: Iterable[Monitor], states: Mapping[str, MonitorState], now: float) -> None:
        self._monitors: dict[str, Monitor] = {}
        self._due_at: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._out: set[str] = set()
        self._again: set[str] = set()
        self._seen = now
        self._states = states
        self.replace(monitors, now)

    def due(self, now: float) -> list[Monitor]:
        """Everything that is due by now, in the order of due times."""
        if now < self._seen - STEP_BACK_S:
            self._start_anew(now)
        self._seen = now
        found = []
        while self._heap and self._heap[0][0] <= now:
            at, name = heapq.heappop(self._heap)
            if self._due_at.get(name) != at:
                continue
            monitor = self._monitors[name]
            found.append(monitor)
            self._out.add(name)
            self._set(name, now + monitor.timeout.total_seconds() + monitor.every.total_seconds())
        return found

    def done(self, monitor: Monitor, state: MonitorState, now: float) -> None:
        """A result has come; `state` is what it made. A soft problem is looked at again after `retry`."""
        name = monitor.id
        self._out.discard(name)
        if name not in self._monitors:
            return
        if name in self._again:
            self._again.discard(name)
            self._set(name, now)
            return
        is_soft = state.state_type is StateType.SOFT and state.health is not Health.OK
        following = on_grid(self._monitors[name], now)
        if is_soft:
            began = now if state.last_at is None else min(state.last_at, now)
            following = min(following, max(now, began + monitor.retry.total_seconds()))
        self._set(name, following)

    def hurry(self, name: str, now: float) -> None:
        """Due at once; a probe under way is followed by another. Unknown names are let pass."""
        if name not in self._monitors:
            return
        if name in self._out:
            self._again.add(name)
        elif self._due_at[name] > now:
            self._set(name, now)

    @property
    def next_at(self) -> float:
        """The next due time; infinitely far when there is nothing to look at."""
        while self._heap and self._due_at.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else math.inf

    def replace(self, monitors: Iterable[Monitor], now: float) -> None:
        """Other definitions: new monitors are due soon, those that are gone no more, unchanged ones as before."""
        wanted = {monitor.id: monitor for monitor in monitors}
        for name in self._monitors.keys() - wanted.keys():
            self._out.discard(name)
            self._again.discard(name)
            del self._due_at[name]
        before, self._monitors = self._monitors, wanted
        changed = [m for m in wanted.values() if m.id not in before or before[m.id].every != m.every]
        for place, monitor in enumerate(changed):
            self._set(monitor.id, max(self._first(monitor, now), now + place * SPREAD_S))

    def _first(self, monitor: Monitor, now: float) -> float:
        """At once for what was never looked at or is overdue, else when it would have been due anyway."""
        state = self._states.get(monitor.id)
        if state is None or state.last_at is None or state.last_at > now:
            return now
        return on_grid(monitor, state.last_at)

    def _set(self, name: str, at: float) -> None:
        self._due_at[name] = at
        heapq.heappush(self._heap, (at, name))

    def _start_anew(self, now: float) -> None:
        """The clock stepped back: due times made before would be far away."""
        self._heap.clear()
        for place, (name, monitor) in enumerate(self._monitors.items()):
            self._set(name, min(on_grid(monitor, now), now + place * SPREAD_S))


def on_grid(monitor: Monitor, after: float) -> float:
    """The first due time after `after`: the offset of the monitor's name plus whole intervals."""
    every = monitor.every.total_seconds()
    offset = offset_ratio(monitor.id) * every
    following = ((after - offset) // every + 1) * every + offset
    return following if following > after else following + every


def offset_ratio(name: str) -> float:
    """Where in its interval a monitor is due, 0 to 1, spread evenly over names."""
    return int.from_bytes(blake2b(name.encode(), digest_size=6).digest()) / 2**48
