"""Keeping the lease on a remediation alive while its worker works."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from runbooks import journal
from runbooks.errors import RemediationTakenOver
from runbooks.journal import Hold
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable

log = structlog.get_logger(__name__)


@contextmanager
def beating(database: Database, clock: Clock, hold: Hold, lease: timedelta) -> Iterator[None]:
    """Renews the lease three times in its lifetime until the block ends. A lost lease is noticed at the next step."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(lease.total_seconds() / 3):
            try:
                with database.writing() as session:
                    journal.renew(session, hold, clock.now() + lease)
            except RemediationTakenOver:
                return
            except DatabaseUnavailable as error:
                log.warning("lease not renewed", remediation=hold.remediation, reason=str(error))

    thread = threading.Thread(target=beat, name="remediation-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
