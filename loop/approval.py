"""Approval: a person lets exactly one stored plan run, once, until it expires."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from loop.gatekeeper import with_plan
from loop.surroundings import Premises
from runbooks import proposal
from runbooks.errors import PlanStale
from runbooks.guard_table import GUARDS
from runbooks.guards import Denial, Request, judge_each
from runbooks.model import Runbook, Trigger
from runbooks.plan import Plan
from runbooks.proposal import Proposal
from ticketing import guard, lookup, queries, remediations
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import OPEN
from watchdesk.errors import NotFound
from watchdesk.health import Health, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would run and what each guard says to it now. Without a plan, `flaw` says why none can be made."""

    plan: Plan | None
    flaw: str
    guards: tuple[tuple[str, Denial | None], ...]


def approve(session: Session, plan_hash: str, who: str, planned: Plan, now: datetime) -> Proposal:
    """Record the approval of the stored plan whose hash begins so; the next turn of the loop runs it.

    `planned` is what would run by the definitions of now. Raises NotFound, PlanStale when the stored plan has
    expired, was decided already or is another one than `planned`, and Refused without a name.
    """
    stored = proposal.find(session, plan_hash, now)
    ticket = lookup.held(session, stored.ticket_id)
    if ticket.state not in OPEN:
        message = f"{stored.ticket_number} is {ticket.state}; there is nothing left to repair"
        raise PlanStale(message)
    if planned.hash != stored.hash:
        message = (
            f"plan {stored.hash[:12]} is not what would run now (that is {planned.hash[:12]}), as the runbook, its "
            "parameters or its target have changed; look at the new plan and approve that"
        )
        raise PlanStale(message)
    proposal.decide(session, stored, proposal.APPROVED, who, now)
    return replace(stored, state=proposal.APPROVED, decided_by=who, decided_at=now)


def waiting(session: Session, now: datetime) -> tuple[Proposal, ...]:
    """Plans that a person could approve now, oldest first: those whose incident is still open."""
    stored = proposal.waiting(session, now)
    still_open = queries.open_among(session, {plan.ticket_id for plan in stored}) if stored else frozenset()
    return tuple(plan for plan in stored if plan.ticket_id in still_open)


def decline(session: Session, plan_hash: str, who: str, now: datetime) -> Proposal:
    """Record that the plan is not to run; the ticket no longer waits for it."""
    stored = proposal.find(session, plan_hash, now)
    proposal.decide(session, stored, proposal.DECLINED, who, now)
    because = f"{who} declined plan {stored.hash[:12]} of runbook {stored.runbook}"
    remediations.approval_ended(session, stored.ticket_id, because, now)
    return replace(stored, state=proposal.DECLINED, decided_by=who, decided_at=now)


def plan_again(session: Session, plan_hash: str, premises: Premises, now: datetime) -> Plan:
    """What would run now in the place of the stored plan. Raises NotFound, PlanStale when nothing would."""
    stored = proposal.find(session, plan_hash, now)
    runbook = premises.runbooks.get(stored.runbook)
    if runbook is None:
        message = f"the runbook '{stored.runbook}' is not defined any more"
        raise PlanStale(message)
    preview_of = preview(session, runbook, stored.ticket_number, premises, now)
    if preview_of.plan is None:
        raise PlanStale(preview_of.flaw)
    return preview_of.plan


def preview(session: Session, runbook: Runbook, number: str, premises: Premises, now: datetime) -> Preview:
    """What `runbook` would do about the open incident `number`, and what each guard says. Changes nothing."""
    ticket = lookup.by_number(session, number)
    request = _request(_trigger(ticket, now), runbook, premises, now)
    return _preview(session, replace(request, is_ticket_open=ticket.state in OPEN))


def preview_for_monitor(session: Session, runbook: Runbook, monitor: str, premises: Premises, now: datetime) -> Preview:
    """What `runbook` would do if `monitor` failed now, without any ticket. Raises NotFound for an unknown monitor."""
    found = premises.monitors.get(monitor)
    if found is None:
        message = f"no monitor is named '{monitor}'"
        raise NotFound(message)
    trigger = Trigger(
        ticket_id="",
        ticket_number="INC-0",
        monitor=monitor,
        service=found.service,
        item=found.item,
        health=worst(runbook.match.health),
        since=now,
        observed_at=now,
        is_person_at_work=False,
    )
    return _preview(session, _request(trigger, runbook, premises, now))


def _request(trigger: Trigger, runbook: Runbook, premises: Premises, now: datetime) -> Request:
    return Request(
        trigger=trigger,
        runbook=runbook,
        catalogue=premises.catalogue,
        calendars=premises.calendars,
        now=now,
        plan=None,
    )


def _preview(session: Session, request: Request) -> Preview:
    planned, _ = with_plan(request)
    return Preview(plan=planned.plan, flaw=planned.flaw, guards=judge_each(session, planned, GUARDS))


def _trigger(ticket: Ticket, now: datetime) -> Trigger:
    return Trigger(
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        monitor=ticket.monitor or "",
        service=ticket.service or "",
        item=ticket.item,
        health=Health(ticket.severity) if ticket.severity else Health.UNKNOWN,
        since=ticket.failing_since or ticket.opened_at,
        observed_at=now,
        is_person_at_work=guard.is_person_at_work(ticket, now),
    )
