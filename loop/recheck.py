"""The guards once more, right before an effect: with the origin monitor and the ticket as they are now."""

from sqlalchemy.orm import Session

from loop.gatekeeper import with_plan
from loop.surroundings import Bench
from runbooks import inventory, journal
from runbooks.exclusive import decide_alone
from runbooks.guard_table import GUARDS, KILL_SWITCH
from runbooks.guards import Denial, Request, judge
from runbooks.journal import Hold
from runbooks.model import Runbook, Trigger
from runbooks.refusals import record
from runbooks.tables import RemediationRow
from ticketing import guard, lookup
from ticketing.vocabulary import OPEN
from watchdesk.health import Health
from watchdesk.signals import RecoveryEvidence


class Recheck:
    """Asks the guards about a remediation that is under way."""

    def __init__(self, bench: Bench, hold: Hold, runbook: Runbook) -> None:
        self._bench, self._hold, self._runbook = bench, hold, runbook

    def evidence(self) -> RecoveryEvidence:
        """What the origin monitor shows now; read before the transaction that decides."""
        with self._bench.database.reading() as session:
            monitor = journal.get(session, self._hold.remediation).monitor
        return self._bench.eyes.evidence(monitor)

    def denial(
        self, session: Session, row: RemediationRow, evidence: RecoveryEvidence, *, is_rollback: bool
    ) -> Denial | None:
        """The refusal, written down; None when the effect may be made. A rollback heeds the kill switch only."""
        request = self._request(session, row, evidence)
        if is_rollback:
            return judge(session, request, (KILL_SWITCH,))
        decide_alone(session)
        inventory.remember(session, request.catalogue, request.now)
        denial = judge(session, request, GUARDS)
        if denial is not None:
            record(session, request, denial)
        return denial

    def _request(self, session: Session, row: RemediationRow, evidence: RecoveryEvidence) -> Request:
        now, definitions = self._bench.clock.now(), self._bench.surroundings.definitions()
        ticket = lookup.by_id(session, row.ticket_id)
        trigger = Trigger(
            ticket_id=row.ticket_id,
            ticket_number=row.ticket_number,
            monitor=row.monitor,
            service=row.service,
            item=row.item,
            health=Health(row.health),
            since=row.since,
            observed_at=row.observed_at,
            is_person_at_work=guard.is_person_at_work(ticket, now),
        )
        request = Request(
            trigger=trigger,
            runbook=self._runbook,
            catalogue=definitions.catalogue,
            calendars=definitions.calendars,
            now=now,
            plan=None,
            remediation=row.id,
            evidence=evidence,
            has_acted=journal.has_acted(session, row.id),
            is_ticket_open=ticket.state in OPEN,
        )
        return with_plan(request)[0]
