"""What a demonstration needs of the desk: a past that is told to nobody, and its removal without a trace.

This is the only way in which tickets are ever deleted. The timeline is append-only by triggers of the database; here
they are lifted for the one transaction that deletes, chosen by the monitors of the demonstration and nothing else.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from ticketing.tables.inbox import Condition, InboxEvent
from ticketing.tables.outbox import ExternalReference, OutboxDelivery, OutboxMessage
from ticketing.tables.service_level import Announcement, ServiceLevelClock
from ticketing.tables.ticket import Evidence, Ticket, TicketSignal
from ticketing.tables.timeline import TimelineEntry, triggers

OF_TICKETS: tuple[InstrumentedAttribute[str], ...] = (
    TimelineEntry.ticket_id,
    TicketSignal.ticket_id,
    Evidence.ticket_id,
    OutboxDelivery.ticket_id,
    OutboxMessage.ticket_id,
    ExternalReference.ticket_id,
    ServiceLevelClock.ticket_id,
    Announcement.ticket_id,
)
GUARDS = ("ticket_timeline_no_update", "ticket_timeline_no_delete")  # their names on SQLite


def has_tickets(session: Session, monitors: Collection[str]) -> bool:
    """Whether there is any ticket about these monitors."""
    return session.scalars(select(Ticket.id).where(Ticket.monitor.in_(monitors)).limit(1)).first() is not None


def tell_nobody(session: Session, ticket_ids: Collection[str], now: datetime) -> None:
    """What these tickets have to tell so far is told to no connector, now or later."""
    waiting = (OutboxMessage.ticket_id.in_(ticket_ids), OutboxMessage.spread_at.is_(None))
    session.execute(update(OutboxMessage).where(*waiting).values(spread_at=now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The ids of the tickets that were deleted, and how many signals and conditions besides."""

    tickets: tuple[str, ...]
    signals: int


def remove(session: Session, monitors: Collection[str]) -> Removed:
    """Delete every ticket about these monitors with all that belongs to it, and all that was told about them.

    Tickets of others stay as they are, their numbers and timelines included; numbers given to the removed are not
    given again.
    """
    chosen = tuple(session.scalars(select(Ticket.id).where(Ticket.monitor.in_(monitors))))
    with _timeline_open(session):
        for column in OF_TICKETS:
            session.execute(delete(column.class_).where(column.in_(chosen)))
    of_chosen = Ticket.id.in_(chosen)
    session.execute(update(Ticket).where(of_chosen).values(recurrence_of=None, problem_id=None))
    session.execute(delete(Ticket).where(of_chosen))
    signals = [
        *session.scalars(delete(InboxEvent).where(InboxEvent.monitor.in_(monitors)).returning(InboxEvent.id)),
        *session.scalars(delete(Condition).where(Condition.monitor.in_(monitors)).returning(Condition.fingerprint)),
    ]
    session.expire_all()
    return Removed(tickets=chosen, signals=len(signals))


@contextmanager
def _timeline_open(session: Session) -> Iterator[None]:
    """Rows of the timeline may be deleted; on either database this is undone with the transaction."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        lift = [f"DROP TRIGGER {name}" for name in GUARDS]
        guard = list(triggers("sqlite"))
    else:
        lift = ["ALTER TABLE ticket_timeline DISABLE TRIGGER ticket_timeline_append_only"]
        guard = ["ALTER TABLE ticket_timeline ENABLE TRIGGER ticket_timeline_append_only"]
    for statement in lift:
        connection.execute(text(statement))
    yield
    for statement in guard:
        connection.execute(text(statement))
