"""One change of a ticket: its columns, its timeline row and its message outside, together or not at all."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ticketing import lifecycle, outbox, timeline
from ticketing.entry import Entry
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import TicketState


def change(session: Session, ticket: Ticket, entry: Entry, now: datetime, **columns: Any) -> None:
    """Set the columns and say so on the timeline. The caller holds the ticket's row.

    A new `state` is a move, which the lifecycle must allow: raises MoveRefused, and then nothing is changed.
    """
    target = columns.get("state", ticket.state)
    if target != ticket.state:
        lifecycle.check(ticket, TicketState(target), entry.actor, now)
    plain = {name: value.value if isinstance(value, TicketState) else value for name, value in columns.items()}
    timeline.append(session, ticket, entry, plain, now)
    for name, value in plain.items():
        setattr(ticket, name, value)
    if entry.tell is not None:
        session.flush()
        outbox.enqueue(session, ticket.id, entry.tell, now)
