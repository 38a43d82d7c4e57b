"""Reopening: a condition that comes back soon is the same incident; later it is a new one that links to it."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from ticketing import changes, opening, problems
from ticketing.entry import Entry, EntryKind, Visibility
from ticketing.opening import WATCH
from ticketing.outbox import Operation
from ticketing.signal_document import storable
from ticketing.tables.ticket import Ticket, TicketSignal
from ticketing.told import Told
from ticketing.vocabulary import TicketState

PROBLEM_AFTER = 3  # reopenings; then somebody should look for the cause
LONGER_GRACE = 2  # times: a condition that keeps coming back must stay away longer to be believed

# What a new episode does not inherit. The assignee stays: whoever had it has it again.
FRESH_EPISODE: dict[str, Any] = {
    "state": TicketState.NEW.value,
    "back_to": None,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "noted_at": None,
    "noted_by": None,
    "hold_reason": None,
    "hold_until": None,
    "escalated_at": None,
    "recovered_at": None,
    "recovery_posted_at": None,
    "remediation_succeeded_at": None,
    "awaiting_approval_since": None,
    "resolved_at": None,
    "resolved_by": None,
    "resolved_by_kind": None,
    "resolution_code": None,
    "resolution_note": None,
}


def comes_back_soon(ticket: Ticket, told: Told) -> bool:
    """Whether the failure belongs to this ended incident: resolved, and no longer ago than its policy says."""
    if ticket.state != TicketState.RESOLVED or ticket.resolved_at is None:
        return False
    return ticket.reopen_within > timedelta(0) and told.signal.observed_at - ticket.resolved_at <= ticket.reopen_within


def reopen(session: Session, ticket: Ticket, told: Told) -> str:
    """Reopen a resolved incident, its row held, because its condition failed again; says what happened."""
    signal = told.signal
    times = ticket.reopen_count + 1
    text = f"{signal.monitor} is {signal.health} again within {ticket.reopen_within} of the resolution"
    text += f" ({ticket.resolution_code}), reopened for the {_ordinal(times)} time: {storable(signal.summary)}"
    entry = Entry(
        kind=EntryKind.REOPENED,
        text=text,
        actor=WATCH,
        facts=opening.keep_evidence(session, ticket, told),
        visibility=Visibility.PUBLIC,
        tell=Operation.REOPEN,
    )
    columns = (
        FRESH_EPISODE
        | opening.failing_columns(told)
        | {
            "failing_since": signal.since,
            "reopen_count": times,
            "occurrences": ticket.occurrences + 1,
        }
    )
    if times == PROBLEM_AFTER:
        columns["resolve_grace"] = ticket.resolve_grace * LONGER_GRACE
    changes.change(session, ticket, entry, told.now, **columns)
    _grade_again(session, ticket, told)
    _primary_again(session, ticket, told)
    if times >= PROBLEM_AFTER and ticket.problem_id is None:
        problems.draft(session, ticket, f"{ticket.number} was reopened {times} times", told.now)
    return text


def _grade_again(session: Session, ticket: Ticket, told: Told) -> None:
    columns = opening.severity_columns(ticket, told)
    if any(getattr(ticket, name) != value for name, value in columns.items()):
        text = f"Graded {columns['derivation']}"
        entry = Entry(kind=EntryKind.SEVERITY_CHANGED, text=text, actor=WATCH, visibility=Visibility.SYSTEM)
        changes.change(session, ticket, entry, told.now, **columns)


def _primary_again(session: Session, ticket: Ticket, told: Told) -> None:
    primary = session.get(TicketSignal, (ticket.id, told.signal.fingerprint))
    if primary is not None:
        primary.ended_at, primary.ended_as = None, None
        primary.observed_at, primary.since = told.signal.observed_at, told.signal.since
        primary.health = told.signal.health.value


def _ordinal(number: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in {11, 12, 13} else suffix}"
