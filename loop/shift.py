"""One shift: stands ready as the relief of another, goes on duty, runs the roles, and hands over.

Two leases decide. Whoever holds the relief's lease may wait for duty, so that there is never more than one relief;
whoever holds the lease of duty watches. A shift that was relieved, or found its fence outgrown, writes nothing more.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from loop.duty import Duty
from loop.pulse import Pulse
from loop.relief import NotNeeded, Relief
from loop.roles import Role, Roles
from watchdesk import shifts
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.leases import Lease
from watchdesk.shifts import WATCH, Arrival

LOOK_EVERY_S = 0.25
log = structlog.get_logger(__name__)

Guard = Callable[[Session], None]
Crew = Callable[[Guard], Mapping[str, Role]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a shift lasts, how long a lease lives without being renewed, and who is told that the watch is well."""

    length: timedelta
    lease: timedelta
    heartbeat_url: str | None = None


class Shift:
    """`run` blocks until the shift is over. `crew` makes the roles once duty is taken; it is given the guard that
    each of their writing transactions must call.
    """

    def __init__(self, database: Database, clock: Clock, crew: Crew, arrival: Arrival, terms: Terms) -> None:
        self._database, self._clock, self._crew = database, clock, crew
        self._arrival, self._terms = arrival, terms
        self._stopped = threading.Event()
        self._reason = ""
        self._duty: Duty | None = None

    def stop(self, reason: str) -> None:
        """End soon, relief or not; safe from any thread and from a signal handler."""
        self._reason = self._reason or reason
        self._stopped.set()

    @property
    def wanted_relief(self) -> int | None:
        """The fence of a shift on duty behind which nobody stands ready; None when no relief is wanted."""
        duty = self._duty
        return None if duty is None or duty.has_relief else duty.fence

    @property
    def is_on_duty(self) -> bool:
        return self._duty is not None

    def run(self) -> str:
        """The reason of its end, in words."""
        self._record_arrival()
        relief = Relief(self._database, self._clock, self._arrival, self._terms.lease)
        try:
            found = relief.wait(self._stopped)
            if isinstance(found, NotNeeded):
                self._reason = self._reason or found.reason
            else:
                self._serve(found)
        finally:
            self._leave(relief)
        return self._reason

    def _serve(self, lease: Lease) -> None:
        log.info("on duty", shift=self._arrival.id, fence=lease.fence)
        duty = Duty(self._database, self._clock, lease, self._terms.lease)
        self._duty = duty
        roles = Roles(self._crew(duty.guard), self._clock)
        if self._terms.heartbeat_url is not None:
            roles.add("pulse", Pulse(self._terms.heartbeat_url, partial(roles.is_healthy, WATCH)))
        roles.start()
        try:
            while not self._stopped.is_set() and not self._is_over(duty, roles):
                self._stopped.wait(LOOK_EVERY_S)
        finally:
            roles.stop()
            duty.beat(roles)

    def _is_over(self, duty: Duty, roles: Roles) -> bool:
        if roles.has_lost_the_lease or not duty.keep(roles):
            self._reason = "somebody else is on duty"
        elif not duty.has_relief:
            return False
        elif roles.broken is not None:
            self._reason = f"the role '{roles.broken}' failed again and again"
        elif self._clock.monotonic_s() - duty.began >= self._terms.length.total_seconds():
            self._reason = "handed over to its relief"
        return bool(self._reason)

    def _record_arrival(self) -> None:
        """Persistently: without the database nobody can go on duty anyway."""
        while not self._stopped.is_set():
            try:
                with self._database.writing() as session:
                    shifts.arrived(session, self._arrival, self._clock.now())
            except DatabaseUnavailable as error:
                log.warning("database away", role="arrival", reason=str(error))
                self._stopped.wait(1.0)
            else:
                return

    def _leave(self, relief: Relief) -> None:
        """Let go of what is held, so that whoever waits need not wait for it to lapse.

        The goodbye is on record before anybody can take over: a shift that left without one has died.
        """
        log.info("shift over", shift=self._arrival.id, reason=self._reason)
        duty, self._duty = self._duty, None
        try:
            relief.leave()
            with self._database.writing() as session:
                shifts.ended(session, self._arrival.id, self._reason or "interrupted", self._clock.now())
                if duty is not None:
                    duty.leave(session)
        except DatabaseUnavailable as error:
            log.warning("end of shift not on record", reason=str(error))
