"""Deciding whether a runbook may run: every guard, the lease and the word on the ticket in one transaction."""

from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from loop.surroundings import Surroundings
from runbooks import inventory, journal, proposal, queries, refusals
from runbooks.errors import RunbookError
from runbooks.escalations import escalate_once
from runbooks.exclusive import decide_alone
from runbooks.guard_table import GUARDS
from runbooks.guards import Denial, Request, judge
from runbooks.journal import Start, Worker
from runbooks.model import Runbook, Trigger, TrustLevel
from runbooks.params import Values, resolve
from runbooks.plan import Plan, make_plan
from ticketing import remediations
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.signals import Remediation, RemediationState, StepReport, StepState

WRITE_AGAIN_AFTER_S = 10.0  # while a guard goes on refusing, its reason on record is not older
PASSING = {"exclusion", "concurrency", "cooldown", "rate"}  # no news for a ticket: it merely is not yet its turn
KNOWN = {"escalated", "attempts"}  # the ticket says so already
log = structlog.get_logger(__name__)


class Gatekeeper:
    """Says yes to one remediation, or records the no."""

    def __init__(
        self, database: Database, clock: Clock, surroundings: Surroundings, worker: Worker, lease: timedelta
    ) -> None:
        self._database, self._clock, self._surroundings = database, clock, surroundings
        self._worker, self._lease = worker, lease
        self._written: dict[tuple[str, str], tuple[str, float]] = {}

    def consider(self, trigger: Trigger, runbook: Runbook) -> str | None:
        """The id of the leased remediation, or None."""
        request, values = self._request(trigger, runbook)
        if self._is_settled(request):
            return None
        with self._database.writing() as session:
            decide_alone(session)
            inventory.remember(session, request.catalogue, request.now)
            denial = judge(session, request, GUARDS)
            if denial is None:
                return self._begin(session, request, values)
            self._refuse(session, request, denial)
        self._written[trigger.ticket_id, runbook.id] = (_kind(denial), self._clock.monotonic_s())
        return None

    def _request(self, trigger: Trigger, runbook: Runbook) -> tuple[Request, Values]:
        definitions = self._surroundings.definitions()
        request = Request(
            trigger=trigger,
            runbook=runbook,
            catalogue=definitions.catalogue,
            calendars=definitions.calendars,
            now=self._clock.now(),
            plan=None,
        )
        return with_plan(request)

    def _is_settled(self, request: Request) -> bool:
        """Nothing to decide or to write, found out without keeping any writer waiting: the ticket is being repaired
        already, or the guard that refused a moment ago does so still.
        """
        ticket, runbook = request.trigger.ticket_id, request.runbook.id
        kind, at = self._written.get((ticket, runbook), ("", 0.0))
        with self._database.reading() as session:
            if journal.is_under_repair(session, ticket):
                return True
            if not kind or self._clock.monotonic_s() - at >= WRITE_AGAIN_AFTER_S:
                return False
            denial = judge(session, request, GUARDS)
        return denial is not None and _kind(denial) == kind

    def _begin(self, session: Session, request: Request, values: Values) -> str:
        plan, approved_by = request.plan, None
        if request.runbook.trust.level is TrustLevel.APPROVE and plan is not None:
            approved_by = proposal.use(session, request.trigger.ticket_id, plan.hash, request.now)
        start = Start(
            request=request,
            values=values,
            approved_by=approved_by,
            worker=self._worker,
            lease_until=request.now + self._lease,
        )
        row = journal.begin(session, start)
        (remediation,) = queries.reports(session, [row])
        remediations.started(session, row.ticket_id, remediation, request.now)
        log.info("remediation begun", remediation=row.id, runbook=row.runbook, ticket=row.ticket_number)
        return row.id

    def _refuse(self, session: Session, request: Request, denial: Denial) -> None:
        trigger, runbook, now = request.trigger, request.runbook, request.now
        is_new = refusals.record(session, request, denial)
        if is_new:
            log.info("runbook refused", runbook=runbook.id, ticket=trigger.ticket_number, guard=denial.guard)
        if denial.guard == "approval":
            self._propose(session, request)
        elif denial.guard == "attempts" and runbook.escalate and runbook.verify is not None:
            if escalate_once(session, trigger.ticket_id, runbook.id, denial.reason, now):
                remediations.escalate(session, trigger.ticket_id, denial.reason, now)
        elif is_new and denial.guard not in PASSING | KNOWN:
            said = remediations.Refusal(runbook=runbook.id, guard=denial.guard, reason=denial.reason)
            remediations.refused(session, trigger.ticket_id, said, now)

    def _propose(self, session: Session, request: Request) -> None:
        plan = request.plan
        if plan is None:
            return
        lifetime = request.runbook.trust.expires
        stored = proposal.propose(session, request.trigger, plan, request.now, lifetime)
        if stored is not None:
            shown = proposed_remediation(request, plan, stored.id)
            remediations.awaiting_approval(session, request.trigger.ticket_id, shown, request.now)


def _kind(denial: Denial) -> str:
    """What makes two refusals the same: the guard, and the plan when it is about one."""
    return f"{denial.guard} {denial.numbers.get('plan', '')}"


def with_plan(request: Request) -> tuple[Request, Values]:
    """The request with its parameters resolved and its plan made, or with the flaw that prevents it."""
    try:
        values = resolve(request.runbook.params, request.trigger, request.item)
        return replace(request, plan=make_plan(request.runbook, request.trigger, values)), values
    except RunbookError as error:
        return replace(request, flaw=str(error)), Values(plain={})


def proposed_remediation(request: Request, plan: Plan, identity: str) -> Remediation:
    """The stored plan as tickets show it: a remediation that awaits approval, its steps still to be done."""
    return Remediation(
        id=identity,
        runbook=plan.runbook,
        runbook_version=plan.runbook_version,
        ticket_id=request.trigger.ticket_id,
        monitor=request.trigger.monitor,
        attempt=0,
        state=RemediationState.AWAITING_APPROVAL,
        started_at=request.now,
        ended_at=None,
        steps=tuple(_planned(step.id, step.does) for step in plan.steps),
        reason=f"plan {plan.hash[:12]} waits for approval",
    )


def _planned(step: str, does: str) -> StepReport:
    return StepReport(id=step, state=StepState.PENDING, exit_code=None, output=does, started_at=None, ended_at=None)
