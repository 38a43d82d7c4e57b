"""When each monitor is due: on a grid of its own, shifted by a hash of its name, the same after every restart."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from monitors.agenda import Agenda
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
        self._appointments: dict[str, _Appointment] = {}
        self._agenda = Agenda()
        self._seen = now
        self._states = states
        self.replace(monitors, now)

    def due(self, now: float) -> list[Monitor]:
        """Everything that is due by now, in the order of due times."""
        if now < self._seen - STEP_BACK_S:
            self._start_anew(now)
        self._seen = now
        found = []
        for at, name in self._agenda.take(now):
            one = self._appointments.get(name)
            if one is not None and one.due_at == at:
                found.append(one.monitor)
                if one.out_since is None:
                    one.out_since = at
                self._set(one, now + one.grid.patience_s)
        return found

    def done(self, monitor: Monitor, state: MonitorState, now: float) -> None:
        """A result has come; `state` is what it made. A soft problem is looked at again after `retry`."""
        one = self._appointments.get(monitor.id)
        if one is None:
            return
        one.out_since = None
        if one.is_wanted_again:
            one.is_wanted_again = False
            self._set(one, now)
        else:
            self._set(one, _following(one, state, now))

    def lateness(self, name: str, began_at: float) -> float:
        """How late a probe of a monitor that was handed out began, as a share of the monitor's interval."""
        one = self._appointments.get(name)
        return 0.0 if one is None or one.out_since is None else (began_at - one.out_since) / one.grid.every_s

    def out_since(self, name: str) -> float | None:
        """When the look that is under way was due; None when none is."""
        one = self._appointments.get(name)
        return None if one is None else one.out_since

    def hurry(self, name: str, now: float) -> None:
        """Due at once; a probe under way is followed by another. Unknown names are let pass."""
        one = self._appointments.get(name)
        if one is None:
            return
        if one.out_since is not None:
            one.is_wanted_again = True
        elif one.due_at > now:
            self._set(one, now)

    @property
    def next_at(self) -> float:
        """The next due time; infinitely far when there is nothing to look at."""
        while (first := self._agenda.first()) is not None:
            at, name = first
            one = self._appointments.get(name)
            if one is not None and one.due_at == at:
                return at
            self._agenda.drop_first()
        return math.inf

    def replace(self, monitors: Iterable[Monitor], now: float) -> None:
        """Other definitions: new monitors are due soon, those that are gone no more, unchanged ones as before."""
        before = self._appointments
        self._appointments = {monitor.id: _appointment(monitor, before.get(monitor.id)) for monitor in monitors}
        changed = [
            one
            for name, one in self._appointments.items()
            if name not in before or before[name].grid.every_s != one.grid.every_s
        ]
        for place, one in enumerate(changed):
            self._set(one, max(self._first(one, now), now + place * SPREAD_S))

    def _first(self, one: "_Appointment", now: float) -> float:
        """At once for what was never looked at or is overdue, else when it would have been due anyway."""
        state = self._states.get(one.monitor.id)
        if state is None or state.last_at is None or state.last_at > now:
            return now
        return one.grid.after(state.last_at)

    def _set(self, one: "_Appointment", at: float) -> None:
        one.due_at = at
        self._agenda.put(at, one.monitor.id)

    def _start_anew(self, now: float) -> None:
        """The clock stepped back: due times made before would be far away."""
        self._agenda = Agenda()
        for place, one in enumerate(self._appointments.values()):
            self._set(one, min(one.grid.after(now), now + place * SPREAD_S))


@dataclass(slots=True)
class _Appointment:
    """When a monitor is to be looked at next. While it is out, that is when it is given up.

    `out_since` is when a look that is under way was due; None when none is. `is_wanted_again`: somebody asked for
    another look while this one was under way.
    """

    monitor: Monitor
    grid: "Grid"
    due_at: float = math.inf
    out_since: float | None = None
    is_wanted_again: bool = False


def _appointment(monitor: Monitor, before: _Appointment | None) -> _Appointment:
    grid = grid_of(monitor)
    if before is None:
        return _Appointment(monitor, grid)
    return _Appointment(monitor, grid, before.due_at, before.out_since, before.is_wanted_again)


def _following(one: _Appointment, state: MonitorState, now: float) -> float:
    """The next due time. A soft problem that was not looked at just now (a pause, say) keeps to the grid."""
    is_soft = state.state_type is StateType.SOFT and state.health is not Health.OK
    if not is_soft or state.last_at is None or not 0 <= now - state.last_at <= one.grid.patience_s:
        return one.grid.after(now)
    return max(now, state.last_at + one.monitor.retry.total_seconds())


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
