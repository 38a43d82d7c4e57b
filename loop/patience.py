"""Writing what must not be lost: through an outage of the database, for as long as patience lasts."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable

PATIENCE_S = 60.0
AGAIN_AFTER_S = 0.5
Written = TypeVar("Written")
log = structlog.get_logger(__name__)


def persistently(database: Database, clock: Clock, write: Callable[[Session, datetime], Written]) -> Written:
    """What `write` returns, in a transaction of its own. Raises DatabaseUnavailable when patience is at its end.

    Without it, an effect that was made would be made again by whoever resumes.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            with database.writing() as session:
                return write(session, clock.now())
        except DatabaseUnavailable as error:
            if time.monotonic() > until:
                raise
            log.warning("journal not written yet", reason=str(error))
            time.sleep(AGAIN_AFTER_S)
