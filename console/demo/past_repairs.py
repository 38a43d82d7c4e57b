"""Remediations of the demo's past, in the journal of runbooks and on the tickets, with invented transcripts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from console.demo.past_plan import Past
from console.demo.past_stage import SEEN_AFTER, Stage
from loop.gatekeeper import proposed_remediation, with_plan
from runbooks import journal, proposal, queries
from runbooks.escalations import escalate_once
from runbooks.guards import Request
from runbooks.journal import STEPS, Hold, Start, Worker
from runbooks.model import Runbook, Trigger
from runbooks.steps.kind import StepResult
from runbooks.tables import RemediationRow
from ticketing import remediations
from ticketing.tables.ticket import Ticket
from watchdesk.processes import this_process
from watchdesk.signals import RemediationState

SECOND = timedelta(seconds=1)
LEASE = timedelta(minutes=5)
OUTPUT = {
    "demo-restart": ("{monitor} has no process: No such file or directory", "{monitor} runs as process 4711"),
    "demo-clear-uploads": ("total 7.9M, 4 pictures, 14 uploads", "14 temporary files deleted, 6.6 MiB freed"),
    "demo-renew-certificate": ("valid until yesterday", "issued 5f3a9c1e, valid until the day after tomorrow"),
    "demo-move-stuck-job": ("job-0815.json", "moved aside: job-0815.json"),
    "demo-restore-settings": ('{{"delay_ms": 2000}}', 'before: {{"delay_ms": 2000}}\nnow: {{"delay_ms": 0}}'),
    "demo-end-report": ("process 815: report.py orders.db", "ended: 815"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One attempt: who agreed to it (None: nobody had to), from when to when, and whether it worked."""

    since: datetime
    until: datetime
    approved_by: str | None = None
    has_worked: bool = True


def repair(stage: Stage, ticket: Ticket, past: Past, made: Repair) -> None:
    """One attempt of the monitor's runbook on the ticket, from the lease to its end."""
    request, values = with_plan(_request(stage, ticket, past, made.since))
    start = Start(
        request=request,
        values=values,
        approved_by=made.approved_by,
        worker=Worker(name="demo", process=this_process()),
        lease_until=made.since + LEASE,
    )
    row = journal.begin(stage.session, start)
    _tell(stage, row, made.since, is_over=False)
    hold = Hold(remediation=row.id, fence=row.fence)
    _do_steps(stage, row, hold, made)
    state = RemediationState.SUCCEEDED if made.has_worked else RemediationState.FAILED
    reason = f"{past.monitor} has been ok for 2 s" if made.has_worked else f"{past.monitor} was not ok within 20 s"
    journal.settle(stage.session, hold, state, reason, made.until)
    _tell(stage, journal.get(stage.session, row.id), made.until, is_over=True)


def ask(stage: Stage, ticket: Ticket, past: Past, now: datetime) -> None:
    """Store the plan and say on the ticket that it waits for a person."""
    request, _ = with_plan(_request(stage, ticket, past, now))
    if request.plan is None:
        raise LookupError(request.flaw)
    stored = proposal.propose(stage.session, request.trigger, request.plan, now, request.runbook.trust.expires)
    if stored is not None:
        shown = proposed_remediation(request, request.plan, stored.id)
        remediations.awaiting_approval(stage.session, ticket.id, shown, now)


def agree(stage: Stage, ticket: Ticket, who: str, now: datetime) -> None:
    """A person approves the plan that waits, and it is used up."""
    for waiting in proposal.waiting(stage.session, now):
        if waiting.ticket_id == ticket.id:
            proposal.decide(stage.session, waiting, proposal.APPROVED, who, now)
            proposal.use(stage.session, ticket.id, waiting.hash, now)


def give_up(stage: Stage, ticket: Ticket, past: Past, now: datetime) -> None:
    """The attempts are used up: the incident goes to people, once."""
    reason = "3 of 3 attempts for this incident are used up"
    if escalate_once(stage.session, ticket.id, _runbook(stage, past).id, reason, now):
        remediations.escalate(stage.session, ticket.id, reason, now)


def _runbook(stage: Stage, past: Past) -> Runbook:
    return stage.definitions.runbooks[stage.definitions.monitors[past.monitor].runbook or ""]


def _request(stage: Stage, ticket: Ticket, past: Past, now: datetime) -> Request:
    monitor = stage.definitions.monitors[past.monitor]
    trigger = Trigger(
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        monitor=monitor.id,
        service=monitor.service,
        item=monitor.item,
        health=past.health,
        since=past.since,
        observed_at=past.since + SEEN_AFTER,
        is_person_at_work=False,
    )
    return Request(
        trigger=trigger,
        runbook=_runbook(stage, past),
        catalogue=stage.definitions.catalogue,
        calendars=stage.definitions.calendars,
        now=now,
        plan=None,
    )


def _do_steps(stage: Stage, row: RemediationRow, hold: Hold, made: Repair) -> None:
    at = made.since
    for step, output in zip(journal.steps_of(stage.session, row.id, STEPS), OUTPUT[row.runbook], strict=True):
        journal.intend(stage.session, hold, step, at)
        at += 0.6 * SECOND
        result = StepResult(is_ok=True, exit_code=0, output=output.format(monitor=row.monitor))
        journal.conclude(stage.session, hold, step, result, at)


def _tell(stage: Stage, row: RemediationRow, now: datetime, *, is_over: bool) -> None:
    (shown,) = queries.reports(stage.session, [row])
    if is_over:
        remediations.finished(stage.session, row.ticket_id, shown, now)
    else:
        remediations.started(stage.session, row.ticket_id, shown, now)
