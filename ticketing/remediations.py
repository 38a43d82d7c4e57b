"""Remediations as the desk sees them: when a runbook is at work on a ticket, what came of it, and escalation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import changes, grading, guard, lookup
from ticketing.entry import Entry, EntryKind, Visibility
from ticketing.outbox import Operation
from ticketing.priority import Priority
from ticketing.signal_document import storable
from ticketing.tables.ticket import Ticket
from ticketing.tables.timeline import TimelineEntry
from ticketing.vocabulary import OPEN, TicketState, machine
from watchdesk.signals import Remediation, RemediationState

RUNBOOKS = machine("runbooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A runbook that was not run: which guard said no, and why, with its numbers."""

    runbook: str
    guard: str
    reason: str


def started(session: Session, ticket_id: str, remediation: Remediation, now: datetime) -> bool:
    """A runbook begins its work. True when the ticket is `remediating` now.

    False when its state stays as it is, because a person has it (they approved the run) or it is no longer open.
    """
    ticket = lookup.held(session, ticket_id)
    moves = ticket.state == TicketState.NEW and not guard.is_person_at_work(ticket, now)
    text = f"Runbook {remediation.runbook} started, attempt {remediation.attempt}"
    entry = Entry(kind=EntryKind.REMEDIATION_STARTED, text=text, actor=RUNBOOKS, facts=_facts(remediation))
    columns: dict[str, Any] = {"awaiting_approval_since": None}
    if moves:
        columns["state"] = TicketState.REMEDIATING.value
    changes.change(session, ticket, entry, now, **columns)
    return moves


def finished(session: Session, ticket_id: str, remediation: Remediation, now: datetime) -> None:
    """A runbook ended its work, whatever came of it. A success counts only when its verification did."""
    ticket = lookup.held(session, ticket_id)
    text = f"Runbook {remediation.runbook}, attempt {remediation.attempt}: {remediation.state}"
    text += f", {storable(remediation.reason)}" if remediation.reason else ""
    entry = Entry(
        kind=EntryKind.REMEDIATION_FINISHED,
        text=text,
        actor=RUNBOOKS,
        facts=_facts(remediation) | {"steps": [[step.id, step.state.value] for step in remediation.steps]},
        visibility=Visibility.PUBLIC,
    )
    columns: dict[str, Any] = {"awaiting_approval_since": None}
    if ticket.state == TicketState.REMEDIATING:
        columns["state"] = TicketState.NEW.value
    if remediation.state is RemediationState.SUCCEEDED and remediation.is_repair and ticket.state in OPEN:
        columns["remediation_succeeded_at"] = remediation.ended_at or now
    changes.change(session, ticket, entry, now, **columns)


def refused(session: Session, ticket_id: str, refusal: Refusal, now: datetime) -> bool:
    """A guard kept a runbook from running. Said once for each runbook and guard; True when it was said now."""
    ticket = lookup.held(session, ticket_id)
    facts = {"runbook": refusal.runbook, "guard": refusal.guard}
    if _was_said(session, ticket, EntryKind.REMEDIATION_REFUSED, facts):
        return False
    text = f"Runbook {refusal.runbook} was not run: {storable(refusal.reason)}"
    entry = Entry(kind=EntryKind.REMEDIATION_REFUSED, text=text, actor=RUNBOOKS, facts=facts)
    changes.change(session, ticket, entry, now)
    return True


def awaiting_approval(session: Session, ticket_id: str, remediation: Remediation, now: datetime) -> None:
    """A runbook waits until a person approves its plan."""
    ticket = lookup.held(session, ticket_id)
    text = f"Runbook {remediation.runbook} waits for approval: {storable(remediation.reason)}"
    entry = Entry(
        kind=EntryKind.APPROVAL_AWAITED,
        text=text,
        actor=RUNBOOKS,
        facts=_facts(remediation),
        tell=Operation.UPDATE,
    )
    changes.change(session, ticket, entry, now, awaiting_approval_since=now)


def approval_ended(session: Session, ticket_id: str, because: str, now: datetime) -> None:
    """Nobody is asked any more: the plan was refused, or it expired."""
    ticket = lookup.held(session, ticket_id)
    if ticket.awaiting_approval_since is not None:
        entry = Entry(kind=EntryKind.REMEDIATION_REFUSED, text=storable(because), actor=RUNBOOKS)
        changes.change(session, ticket, entry, now, awaiting_approval_since=None)


def runbook_changed(session: Session, ticket_id: str, runbook: str | None, now: datetime) -> None:
    """The definitions name another runbook, or None, for the ticket's monitor; the next attempt goes by it."""
    ticket = lookup.held(session, ticket_id)
    if ticket.runbook == runbook:
        return
    text = f"The definitions name {_named(runbook)} for {ticket.monitor} now, before: {_named(ticket.runbook)}"
    entry = Entry(kind=EntryKind.RUNBOOK_CHANGED, text=text, actor=RUNBOOKS, facts={"runbook": runbook})
    changes.change(session, ticket, entry, now, runbook=runbook)


def escalate(session: Session, ticket_id: str, because: str, now: datetime) -> bool:
    """Hand an open ticket to people: one level more urgent, told outside, once; False when it was done before."""
    ticket = lookup.held(session, ticket_id)
    if ticket.escalated_at is not None or ticket.state not in OPEN:
        return False
    priority = grading.raised(
        Priority(impact=ticket.impact, urgency=ticket.urgency, priority=ticket.priority, derivation=ticket.derivation)
    )
    group = ticket.assignment_group or "whoever is on duty"
    entry = Entry(
        kind=EntryKind.ESCALATED,
        text=f"Escalated to {group}: {storable(because)}. {priority.derivation}",
        actor=machine("escalation"),
        facts={"because": storable(because), "from_priority": ticket.priority},
        visibility=Visibility.PUBLIC,
        tell=Operation.ESCALATE,
    )
    changes.change(session, ticket, entry, now, escalated_at=now, **grading.columns(priority))
    return True


def _named(runbook: str | None) -> str:
    return f"the runbook {runbook}" if runbook else "no runbook"


def _facts(remediation: Remediation) -> dict[str, Any]:
    return {
        "remediation": remediation.id,
        "runbook": remediation.runbook,
        "runbook_version": remediation.runbook_version,
        "attempt": remediation.attempt,
        "state": remediation.state.value,
    }


def _was_said(session: Session, ticket: Ticket, kind: EntryKind, facts: dict[str, Any]) -> bool:
    """Whether an entry with these facts stands on the timeline since the ticket was last opened or reopened."""
    query = select(TimelineEntry.kind, TimelineEntry.facts).where(
        TimelineEntry.ticket_id == ticket.id, TimelineEntry.kind.in_([kind.value, EntryKind.REOPENED.value])
    )
    for found, said in session.execute(query.order_by(TimelineEntry.seq.desc())):
        if found == EntryKind.REOPENED:
            return False
        if facts.items() <= said.items():
            return True
    return False
