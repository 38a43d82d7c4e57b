"""Clockwork: what time alone brings about — promises coming due, reminders, and the reconciliation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from loop.evidence import gather
from loop.library import Library
from ticketing import clocks, escalation, reconcile, reminders
from ticketing.desk import Desk
from ticketing.reconcile import Reconciliation
from watchdesk import reconciliation_counts
from watchdesk.clock import Clock
from watchdesk.database import Database

TURN_EVERY_S = 2.0
RECONCILE_EVERY = timedelta(minutes=1)
log = structlog.get_logger(__name__)


class Clockwork:
    """The role `clock`. `guard` raises inside a transaction when the lease of duty is lost."""

    def __init__(self, database: Database, clock: Clock, library: Library, guard: Callable[[Session], None]) -> None:
        self._database, self._clock, self._library, self._guard = database, clock, library, guard
        self._reconciled_at: datetime | None = None
        self.reconciliation: Reconciliation | None = None

    def turn(self) -> float:
        """Do what is due by now; the seconds until the next turn is wanted."""
        now = self._clock.now()
        self._keep_promises(now)
        if self._reconciled_at is None or now - self._reconciled_at >= RECONCILE_EVERY:
            self._reconcile(now)
        return TURN_EVERY_S

    def close(self) -> None:
        """Nothing is left open between turns."""

    def _keep_promises(self, now: datetime) -> None:
        desk = self._desk()
        with self._database.writing() as session:
            self._guard(session)
            clocks.refresh_changed(session, desk, now)
            said = escalation.due(session, desk, now)
            reminded = reminders.remind(session, desk, now)
        for announcement in said:
            log.info("announced", ticket=announcement.number, subject=announcement.subject)
        for number in reminded:
            log.info("reminded", ticket=number)

    def _reconcile(self, now: datetime) -> None:
        with self._database.writing() as session:
            self._guard(session)
            evidence = gather(session, reconcile.monitors_to_look_at(session), self._library, now)
            desk = replace(self._desk(), look=evidence.get)
            self.reconciliation = reconcile.reconcile(session, evidence, desk, now)
            reconciliation_counts.keep(session, self.reconciliation.counts, now)
        self._reconciled_at = now
        for found in self.reconciliation.details:
            facts = {"monitor": found.monitor, "ticket": found.ticket, "reason": found.reason}
            log.warning("discrepancy", kind=found.discrepancy.value, repaired=found.is_repaired, **facts)

    def _desk(self) -> Desk:
        definitions = self._library.current()
        return Desk(catalogue=definitions.catalogue, calendars=definitions.calendars)
