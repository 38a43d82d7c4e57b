"""Closing: what has stayed resolved for long enough is over for good."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import changes, lookup
from ticketing.entry import Entry, EntryKind
from ticketing.outbox import Operation
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import TicketKind, TicketState, machine
from watchdesk.definitions.quantities import format_duration

HOUSEKEEPING = machine("housekeeping")
A_TRANSACTION = 20  # tickets; the watch must not wait long to write


def close_some(session: Session, after: timedelta, now: datetime) -> int:
    """Close tickets that were resolved at least `after` ago, oldest first; how many, 0 when none is left.

    Only the date of the resolution counts: a later note does not put it off. Left to people are major incidents, and
    problems, as their cause outlives their incidents. What a recurrence may still reopen stays as it is.
    """
    waiting = (
        Ticket.state == TicketState.RESOLVED,
        Ticket.kind != TicketKind.PROBLEM,
        Ticket.is_major.is_(False),
        Ticket.resolved_at <= now - after,
    )
    query = select(Ticket.id, Ticket.resolved_at, Ticket.reopen_within).where(*waiting).order_by(Ticket.resolved_at)
    due = [found.id for found in session.execute(query) if now - found.resolved_at > found.reopen_within]
    return sum(_close(session, ticket_id, after, now) for ticket_id in due[:A_TRANSACTION])


def _close(session: Session, ticket_id: str, after: timedelta, now: datetime) -> bool:
    ticket = lookup.held(session, ticket_id)
    if ticket.state != TicketState.RESOLVED or ticket.is_major:
        return False
    recurs = "; a recurrence opens a new ticket" if ticket.kind == TicketKind.INCIDENT else ""
    entry = Entry(
        kind=EntryKind.CLOSED,
        text=f"Closed, as it has stayed resolved for {format_duration(after)}{recurs}",
        actor=HOUSEKEEPING,
        tell=Operation.UPDATE,
    )
    changes.change(session, ticket, entry, now, state=TicketState.CLOSED, closed_at=now)
    return True
