"""Errands of the watch: what people and runbooks want looked at now, and when quiet times begin and end."""

import structlog

from loop.definitions import Definitions
from loop.quiet import QuietTimes
from monitors import requests
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable

LISTEN_EVERY_S = 0.5
log = structlog.get_logger(__name__)


class Errands:
    """Listens to the database twice a second."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._listened_at = float("-inf")
        self.quiet = QuietTimes()

    def due(self, definitions: Definitions) -> frozenset[str]:
        """The monitors to be looked at at once; mostly none."""
        if self._clock.monotonic_s() - self._listened_at < LISTEN_EVERY_S:
            return frozenset()
        self._listened_at = self._clock.monotonic_s()
        try:
            return self.quiet.refresh(self._database, definitions, self._clock.now()) | self._requested()
        except DatabaseUnavailable as error:
            log.warning("cannot listen", reason=str(error))
            return frozenset()

    def _requested(self) -> frozenset[str]:
        with self._database.reading() as session:
            if not requests.waiting(session):
                return frozenset()
        with self._database.writing() as session:
            return frozenset(requests.take(session))
