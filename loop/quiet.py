"""Times in which the watch holds its tongue: paused monitors are not probed, those in maintenance not told of."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from loop.definitions import Definitions
from monitors import pauses
from monitors.monitor import Monitor
from watchdesk import maintenance
from watchdesk.database import Database
from watchdesk.windows import Subject, Window, WindowKind, occurrence_at


class QuietTimes:
    """What is paused and what is in maintenance now, as of the last refresh."""

    def __init__(self) -> None:
        self._paused: frozenset[str] = frozenset()
        self._maintained: frozenset[str] = frozenset()

    def is_paused(self, monitor: str) -> bool:
        return monitor in self._paused

    def is_in_maintenance(self, monitor: Monitor) -> bool:
        return monitor.id in self._maintained

    def refresh(self, database: Database, definitions: Definitions, now: datetime) -> frozenset[str]:
        """Look again. Returns the monitors whose quiet time has just ended: a fresh check decides about them."""
        with database.reading() as session:
            paused = frozenset(pause.monitor for pause in pauses.active(session, now))
            windows = (*definitions.calendars.windows, *maintenance.current(session, now))
        maintained = monitors_in_maintenance(definitions.monitors, windows, now)
        ended = (self._maintained - maintained) | (self._paused - paused)
        self._paused, self._maintained = paused, maintained
        return ended


def monitors_in_maintenance(
    monitors: Mapping[str, Monitor], windows: Iterable[Window], now: datetime
) -> frozenset[str]:
    """The ids of the monitors that a maintenance window in force covers."""
    in_force = [w for w in windows if w.kind is WindowKind.MAINTENANCE and occurrence_at(w, now) is not None]
    if not in_force:
        return frozenset()
    return frozenset(
        monitor.id
        for monitor in monitors.values()
        if any(w.covers(monitor.service, Subject(monitor=monitor.id, tags=monitor.tags)) for w in in_force)
    )
