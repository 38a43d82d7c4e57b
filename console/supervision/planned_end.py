"""A planned end on record: who had died before it, and who was too busy to say goodbye and had to be killed."""

import structlog

from console.migrations.schema_version import revision_of
from watchdesk import shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.settings import Settings

log = structlog.get_logger(__name__)


def note_deaths(settings: Settings) -> None:
    """Before a planned end: shifts that are dead by now died by themselves, and nobody has watched since."""
    _bury(settings, shifts.DIED)


def note_planned_end(settings: Settings) -> None:
    """After it: whoever died since then was asked to, and what follows is no interruption of the watch."""
    _bury(settings, shifts.STOPPED)


def _bury(settings: Settings, reason: str) -> None:
    try:
        with Database(settings.database) as database, database.writing() as session:
            if revision_of(session) is not None:  # else it never came to have tables
                shifts.bury_the_dead(session, SystemClock().now(), reason)
    except DatabaseUnavailable as error:
        log.warning("the end of shifts is not on record", reason=str(error))
