"""Responding: signals become tickets, failing services are repaired with care, proved recoveries are resolved."""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from loop.evidence import gather
from loop.following import follow, runbook_of
from loop.library import Library
from loop.repair import Repair
from loop.repair_bench import RepairBench
from runbooks.model import Trigger
from ticketing import inbox, incidents, queries, recovery
from ticketing.decision import Outcome
from ticketing.desk import Desk
from ticketing.views import OpenIncident
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import RecoveryEvidence

SIGNALS_A_TURN = 200
TURN_EVERY_S = 0.3
REVIEW_EVERY_S = 1.0
ORPHANS_EVERY_S = 2.0
log = structlog.get_logger(__name__)


class Respond:
    """Takes what the watch found and acts on it. `guard` raises inside a transaction when the lease is lost."""

    def __init__(
        self, database: Database, clock: Clock, library: Library, repair: Repair, guard: Callable[[Session], None]
    ) -> None:
        self._database, self._clock, self._library = database, clock, library
        self._repair, self._guard = repair, guard
        self._bench = RepairBench(repair.carry_out)
        self._orphans_at = -ORPHANS_EVERY_S
        self._reviewed_at = -REVIEW_EVERY_S
        self._opened: tuple[OpenIncident, ...] = ()

    def turn(self) -> float:
        """Signals first, then the open incidents: at once when there was news, else every second, as what they wait
        for (samples, grace, cooldowns) is no faster. Returns the seconds until the next turn is wanted.
        """
        self._library.refresh()
        taken = self._take_signals()
        if taken or self._clock.monotonic_s() - self._reviewed_at >= REVIEW_EVERY_S:
            self._reviewed_at = self._clock.monotonic_s()
            self._review_open_incidents()
        self._resume_orphans()
        self._bench.clear_up()
        return 0.0 if taken else TURN_EVERY_S

    def close(self) -> None:
        """Let running remediations finish their step; what is left is resumed by the relief."""
        self._repair.close()
        self._bench.close()

    def _desk(self) -> Desk:
        definitions = self._library.current()
        return Desk(catalogue=definitions.catalogue, calendars=definitions.calendars, look=self._look)

    def _look(self, monitor: str) -> RecoveryEvidence:
        with self._database.reading() as session:
            return gather(session, [monitor], self._library, self._clock.now())[monitor]

    def _take_signals(self) -> int:
        """How many were decided; those that wait for their parent's incident are asked again next turn."""
        decided = 0
        with self._database.reading() as session:
            signals = inbox.pending(session, SIGNALS_A_TURN)
        for signal in signals:
            with self._database.writing() as session:
                self._guard(session)
                decision = incidents.take(session, signal, self._desk(), self._clock.now())
            if decision.outcome is not Outcome.WAITING:
                decided += 1
                log.info("signal taken", signal=signal.event_id, outcome=decision.outcome, to=decision.ticket_number)
        return decided

    def _review_open_incidents(self) -> None:
        now = self._clock.now()
        with self._database.reading() as session:
            self._opened = opened = queries.open_incidents_again(session, self._opened)
            if not opened:
                return
            monitors = {incident.monitor for incident in opened}
            evidence = gather(session, monitors, self._library, now, samples_each=0)
        for incident in opened:
            shown = evidence[incident.monitor]
            if recovery.has_something_to_say(incident, shown):
                self._review(incident)
            self._repair_when_failing(incident, shown)

    def _review(self, incident: OpenIncident) -> None:
        proof = self._look(incident.monitor)
        with self._database.writing() as session:
            self._guard(session)
            recovery.review(session, incident.id, proof, self._desk(), self._clock.now())

    def _repair_when_failing(self, incident: OpenIncident, shown: RecoveryEvidence) -> None:
        definitions = self._library.current()
        name = runbook_of(definitions, incident)
        if name != incident.runbook:
            with self._database.writing() as session:
                self._guard(session)
                follow(session, incident, name, self._clock.now())
        runbook = definitions.runbooks.get(name or "")
        is_failing = shown.health in (Health.CRITICAL, Health.WARNING) and shown.is_confirmed and not shown.is_stale
        if runbook is None or not is_failing:
            return
        trigger = _trigger(incident, shown, self._clock.now())
        remediation = self._repair.consider(trigger, runbook)
        if remediation is not None:
            self._bench.start(remediation)

    def _resume_orphans(self) -> None:
        if self._clock.monotonic_s() - self._orphans_at < ORPHANS_EVERY_S:
            return
        self._orphans_at = self._clock.monotonic_s()
        for remediation in self._repair.orphans():
            log.warning("remediation resumed", remediation=remediation)
            self._bench.start(remediation)


def _trigger(incident: OpenIncident, shown: RecoveryEvidence, now: datetime) -> Trigger:
    return Trigger(
        ticket_id=incident.id,
        ticket_number=incident.number,
        monitor=incident.monitor,
        service=incident.service,
        item=incident.item,
        health=shown.health,
        since=incident.since,
        observed_at=shown.last_sample_at or now,
        is_person_at_work=incident.is_person_at_work,
    )
