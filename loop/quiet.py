"""Times in which the watch holds its tongue: paused monitors are not probed, those in maintenance not told of."""

from datetime import datetime

from loop.definitions import Definitions
from monitors import pauses
from monitors.monitor import Monitor
from watchdesk import maintenance, windows
from watchdesk.database import Database


class QuietTimes:
    """What is paused and what is in maintenance now, as of the last refresh."""

    def __init__(self) -> None:
        self._paused: frozenset[str] = frozenset()
        self._maintained: frozenset[str] = frozenset()

    def is_paused(self, monitor: str) -> bool:
        return monitor in self._paused

    def is_in_maintenance(self, monitor: Monitor) -> bool:
        return monitor.service in self._maintained

    def refresh(self, database: Database, definitions: Definitions, now: datetime) -> tuple[str, ...]:
        """Look again. Returns the monitors whose quiet time has just ended: a fresh check decides about them."""
        with database.reading() as session:
            paused = frozenset(pause.monitor for pause in pauses.active(session, now))
            every = (*definitions.calendars.windows, *maintenance.current(session, now))
        maintained = frozenset(
            service for service in definitions.catalogue.services if windows.active(every, service, now, "maintenance")
        )
        loud_again = self._maintained - maintained
        ended = [m.id for m in definitions.monitors.values() if m.service in loud_again]
        ended += [name for name in self._paused - paused]
        self._paused, self._maintained = paused, maintained
        return tuple(ended)
