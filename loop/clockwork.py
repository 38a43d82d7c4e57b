"""Clockwork: what time alone brings about — promises coming due, reminders, and the reconciliation."""

from collections.abc import Callable, Sequence
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
A_TRANSACTION = 10  # tickets; some tens of milliseconds, so that the watch need not wait long to write
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
        self._library.refresh()
        self._keep_promises(now)
        if self._reconciled_at is None or now - self._reconciled_at >= RECONCILE_EVERY:
            self._reconcile(now)
        return TURN_EVERY_S

    def close(self) -> None:
        """Nothing is left open between turns."""

    def _keep_promises(self, now: datetime) -> None:
        """Measure, then speak: each in short transactions, as the watch must not wait to write."""
        desk = self._desk()
        with self._database.reading() as session:
            changed = clocks.changed(session, desk, now)
        self._each(changed, lambda session, ticket_id: clocks.refresh(session, ticket_id, desk, now))
        with self._database.reading() as session:
            due, held = escalation.waiting(session, desk, now), reminders.waiting(session, desk, now)
        self._each(due, lambda session, ticket_id: escalation.escalate(session, ticket_id, desk, now))
        self._each(held, lambda session, ticket_id: reminders.remind_of(session, ticket_id, desk, now))

    def _each(self, tickets: Sequence[str], act: Callable[[Session, str], object]) -> None:
        for begin in range(0, len(tickets), A_TRANSACTION):
            with self._database.writing() as session:
                self._guard(session)
                for ticket_id in tickets[begin : begin + A_TRANSACTION]:
                    done = act(session, ticket_id)
                    log.debug("clockwork", ticket=ticket_id, done=done)

    def _reconcile(self, now: datetime) -> None:
        with self._database.writing() as session:
            self._guard(session)
            evidence = gather(session, reconcile.monitors_to_look_at(session), self._library, now)
            desk = replace(self._desk(), look=evidence.get)
            self.reconciliation = reconcile.reconcile(session, evidence, desk, now)
            counts = {kind.value: count for kind, count in self.reconciliation.counts.items()}
            reconciliation_counts.keep(session, counts, now)
        self._reconciled_at = now
        for found in self.reconciliation.details:
            facts = {"monitor": found.monitor, "ticket": found.ticket, "reason": found.reason}
            log.warning("discrepancy", kind=found.discrepancy.value, repaired=found.is_repaired, **facts)

    def _desk(self) -> Desk:
        definitions = self._library.current()
        return Desk(catalogue=definitions.catalogue, calendars=definitions.calendars)
