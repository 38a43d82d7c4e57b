"""When each monitor is due: on a grid of its own, shifted by a hash of its name, the same after every restart."""

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
        self._grids: dict[str, Grid] = {}
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
            found.append(self._monitors[name])
            self._out.add(name)
            self._set(name, now + self._grids[name].patience_s)
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
        self._set(name, self._following(monitor, state, now))

    def _following(self, monitor: Monitor, state: MonitorState, now: float) -> float:
        """The next due time. A soft problem that was not looked at just now (a pause, say) keeps to the grid."""
        grid = self._grids[monitor.id]
        is_soft = state.state_type is StateType.SOFT and state.health is not Health.OK
        if not is_soft or state.last_at is None or not 0 <= now - state.last_at <= grid.patience_s:
            return grid.after(now)
        return max(now, state.last_at + monitor.retry.total_seconds())

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
        self._grids = {name: grid_of(monitor) for name, monitor in wanted.items()}
        changed = [m for m in wanted.values() if m.id not in before or before[m.id].every != m.every]
        for place, monitor in enumerate(changed):
            self._set(monitor.id, max(self._first(monitor, now), now + place * SPREAD_S))

    def _first(self, monitor: Monitor, now: float) -> float:
        """At once for what was never looked at or is overdue, else when it would have been due anyway."""
        state = self._states.get(monitor.id)
        if state is None or state.last_at is None or state.last_at > now:
            return now
        return self._grids[monitor.id].after(state.last_at)

    def _set(self, name: str, at: float) -> None:
        self._due_at[name] = at
        heapq.heappush(self._heap, (at, name))

    def _start_anew(self, now: float) -> None:
        """The clock stepped back: due times made before would be far away."""
        self._heap.clear()
        for place, (name, grid) in enumerate(self._grids.items()):
            self._set(name, min(grid.after(now), now + place * SPREAD_S))


@dataclass(frozen=True, slots=True)
class Grid:
    """The due times of one monitor: whole intervals from `offset_s` on, seconds since the epoch.

    `patience_s` is when a probe that was handed out and never came back is given up.
    """

    every_s: float
    offset_s: float
    patience_s: float

    def after(self, instant: float) -> float:
        """The first due time after `instant`."""
        following = ((instant - self.offset_s) // self.every_s + 1) * self.every_s + self.offset_s
        return following if following > instant else following + self.every_s


def grid_of(monitor: Monitor) -> Grid:
    """Offsets are hashed from names, so that they spread evenly and outlive every restart."""
    every_s = monitor.every.total_seconds()
    ratio = int.from_bytes(blake2b(monitor.id.encode(), digest_size=6).digest()) / 2**48
    return Grid(every_s, ratio * every_s, monitor.timeout.total_seconds() + every_s)
