"""On duty: the lease is kept, signs of life are shown, and it is known whether a relief stands ready."""

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from loop.roles import Roles
from watchdesk import leases, shifts
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.leases import Lease, LeaseLost
from watchdesk.shifts import WATCH

LOOK_FOR_RELIEF_EVERY_S = 1.0
BEAT_EVERY_S = 5.0
log = structlog.get_logger(__name__)


class Duty:
    """The lease of duty in the hands of one shift. `has_relief` is what was seen at the last renewal."""

    def __init__(self, database: Database, clock: Clock, lease: Lease, lifetime: timedelta) -> None:
        self._database, self._clock, self._lease, self._lifetime = database, clock, lease, lifetime
        self._renewed_at = self._beat_at = float("-inf")
        self._has_shown_a_watch = False
        self.began = clock.monotonic_s()
        self.has_relief = False

    @property
    def fence(self) -> int:
        return self._lease.fence

    def guard(self, session: Session) -> None:
        """Raises LeaseLost inside a transaction of a role when somebody else is on duty."""
        leases.assert_held(session, self._lease)

    def keep(self, roles: Roles) -> bool:
        """Renew when it is time; False when somebody else has the lease. An outage of the database is waited out."""
        if self._clock.monotonic_s() - self._renewed_at < self._renew_every_s():
            return True
        try:
            if not self._renew():
                return False
        except DatabaseUnavailable as error:
            log.warning("lease not renewed", reason=str(error))
            return True
        if not self._has_shown_a_watch or self._clock.monotonic_s() - self._beat_at >= BEAT_EVERY_S:
            self.beat(roles)
        return True

    def beat(self, roles: Roles) -> None:
        """Put the roles' signs of life on record; one that cannot be written is left out.

        Until the first good turn of the watch stands there, its death could not be told from a shift that never was.
        """
        self._beat_at = self._clock.monotonic_s()
        beats = roles.beats()
        counts = {beat.role: beat.turns for beat in beats}
        try:
            with self._database.writing() as session:
                self.guard(session)
                shifts.beat(session, self._lease.holder, beats, counts)
            self._has_shown_a_watch = bool(counts.get(WATCH))
        except (DatabaseUnavailable, LeaseLost) as error:
            log.warning("no sign of life written", reason=str(error))

    def leave(self, session: Session) -> None:
        """Let go, so that the relief need not wait for the lease to lapse."""
        leases.release(session, self._lease, self._clock.now())

    def _renew_every_s(self) -> float:
        every_s = self._lifetime.total_seconds() / 4
        return every_s if self.has_relief else min(LOOK_FOR_RELIEF_EVERY_S, every_s)

    def _renew(self) -> bool:
        now = self._clock.now()
        with self._database.writing() as session:
            renewed = leases.renew(session, self._lease, now, self._lifetime)
            self.has_relief = shifts.standing_ready(session, now) is not None
        self._renewed_at = self._clock.monotonic_s()
        self._lease = renewed or self._lease
        return renewed is not None
