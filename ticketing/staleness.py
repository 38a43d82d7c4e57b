"""Whether a ticket is still what somebody saw when they decided to do something with it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import lookup
from ticketing.detail import entry_view
from ticketing.errors import TicketChanged
from ticketing.tables.timeline import TimelineEntry
from ticketing.vocabulary import TERMINAL, ActorKind


def require_unchanged(session: Session, number: str, seen: int, who: str) -> None:
    """Raises TicketChanged when after entry `seen` of its timeline it ended, began again, or somebody else acted.

    What the machine tries meanwhile, and what `who` did, changes nothing for a decision. The row is held from here on.
    """
    ticket = lookup.held(session, lookup.by_number(session, number).id)
    query = select(TimelineEntry).where(TimelineEntry.ticket_id == ticket.id, TimelineEntry.seq > seen)
    later = session.scalars(query.order_by(TimelineEntry.seq)).all()
    news = [entry for entry in later if entry.actor != who and _matters(entry)]
    if news:
        raise TicketChanged(ticket.number, tuple(entry_view(entry) for entry in news))


def _matters(entry: TimelineEntry) -> bool:
    if entry.actor_kind == ActorKind.PERSON:
        return True
    return entry.from_state != entry.to_state and bool(TERMINAL & {entry.from_state, entry.to_state})
