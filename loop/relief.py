"""Standing ready: one process waits to take over the watch, and takes it as soon as nobody has it."""

import threading
from dataclasses import dataclass
from datetime import timedelta

import structlog

from watchdesk import leases, shifts
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.leases import Holder, Lease
from watchdesk.shifts import DUTY, RELIEF, Arrival

LOOK_EVERY_S = 0.5
GRACE_S = 3.0  # after an outage of the database the shift on duty renews first, and keeps what it has not written
STALE = timedelta(seconds=60)
SUPERFLUOUS = "another relief stands ready"
TOO_LATE = "it came too late and the watch is covered"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNeeded:
    """Why somebody who came to stand ready may leave."""

    reason: str


class Relief:
    """Holds the relief's lease while it waits, so that never more than one waits."""

    def __init__(self, database: Database, clock: Clock, arrival: Arrival, lifetime: timedelta) -> None:
        self._database, self._clock, self._arrival, self._lifetime = database, clock, arrival, lifetime
        self._holder = Holder(id=arrival.id, process=arrival.process)
        self._place: Lease | None = None
        self._renewed_at = float("-inf")
        self._lapsed_since: float | None = None

    def wait(self, stopped: threading.Event) -> Lease | NotNeeded:
        """The lease of duty, or why it was not taken. Waits out an outage of the database."""
        while not stopped.is_set():
            try:
                found = self._look()
            except DatabaseUnavailable as error:
                found, self._lapsed_since = None, None
                log.warning("database away", role="relief", reason=str(error))
            if found is not None:
                return found
            stopped.wait(LOOK_EVERY_S)
        return NotNeeded(reason="stopped")

    def leave(self) -> None:
        """Let go of the place, so that another may stand ready at once."""
        if self._place is not None:
            with self._database.writing() as session:
                leases.release(session, self._place, self._clock.now())
            self._place = None

    def _look(self) -> Lease | NotNeeded | None:
        if self._clock.monotonic_s() - self._renewed_at >= self._lifetime.total_seconds() / 3:
            refused = self._keep_place()
            if refused is not None:
                return refused
        with self._database.reading() as session:
            duty = leases.current(session, DUTY)
        return self._take_duty() if duty is None or self._may_take(duty) else None

    def _keep_place(self) -> NotNeeded | None:
        now = self._clock.now()
        with self._database.writing() as session:
            if self._place is None and self._is_stale() and shifts.on_duty(session, now) is not None:
                return NotNeeded(reason=TOO_LATE)
            if self._place is None:
                self._place = leases.acquire(session, RELIEF, self._holder, now, self._lifetime)
            else:
                self._place = leases.renew(session, self._place, now, self._lifetime)
        self._renewed_at = self._clock.monotonic_s()
        return NotNeeded(reason=SUPERFLUOUS) if self._place is None else None

    def _is_stale(self) -> bool:
        scheduled_at = self._arrival.scheduled_at
        return scheduled_at is not None and self._clock.now() - scheduled_at > STALE

    def _may_take(self, duty: Lease) -> bool:
        """An abandoned lease at once; a lapsed one only when it was seen lapsed for a while."""
        if duty.is_abandoned:
            return True
        if duty.until > self._clock.now():
            self._lapsed_since = None
            return False
        if self._lapsed_since is None:
            self._lapsed_since = self._clock.monotonic_s()
        return self._clock.monotonic_s() - self._lapsed_since >= GRACE_S

    def _take_duty(self) -> Lease | None:
        now = self._clock.now()
        with self._database.writing() as session:
            duty = leases.acquire(session, DUTY, self._holder, now, self._lifetime)
            if duty is None:
                return None
            shifts.went_on_duty(session, self._arrival.id, duty)
            if self._place is not None:
                leases.release(session, self._place, now)
        self._place = None
        return duty
