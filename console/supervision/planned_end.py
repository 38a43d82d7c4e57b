"""A planned end on record, for shifts that were too busy to say goodbye and had to be killed."""

import structlog

from console.migrations.schema_version import revision_of
from watchdesk import shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.settings import Settings

log = structlog.get_logger(__name__)


def note_planned_end(settings: Settings) -> None:
    """Give shifts that died now the reason that somebody asked for it: what follows is no interruption of the watch."""
    try:
        with Database(settings.database) as database, database.writing() as session:
            if revision_of(session) is not None:  # else it never came to have tables
                shifts.bury_the_dead(session, SystemClock().now(), shifts.STOPPED)
    except DatabaseUnavailable as error:
        log.warning("the end of shifts is not on record", reason=str(error))
