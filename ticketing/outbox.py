"""The outbox: what is to be told is written down with the change itself, and told afterwards, in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ticketing.tables.outbox import OutboxDelivery, OutboxMessage
from ticketing.tables.ticket import Ticket
from watchdesk.errors import NotFound, Refused


class Operation(StrEnum):
    """What happened to the ticket."""

    OPEN = "open"
    UPDATE = "update"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    ESCALATE = "escalate"
    REMIND = "remind"


class DeliveryState(StrEnum):
    """Waiting, delivered, or given up (which people must see)."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One delivery as people see it."""

    key: str
    ticket_id: str
    connector: str
    op: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_at: datetime
    finished_at: datetime | None
    error: str | None


def enqueue(session: Session, ticket_id: str, op: Operation | str, now: datetime) -> None:
    """Note that a ticket's newest timeline entry is to be told, in the transaction that writes it.

    Raises ValueError for an unknown operation.
    """
    ticket = session.get(Ticket, ticket_id)
    seq = ticket.timeline_length if ticket is not None else None
    session.add(OutboxMessage(ticket_id=ticket_id, op=Operation(op).value, timeline_seq=seq, at=now))


def spread(session: Session, connectors: Iterable[str], now: datetime, limit: int = 1000) -> int:
    """Make a delivery of each waiting message for each connector, in order; returns how many messages were spread.

    A message that meets no connector is spread to nobody and stays so when a connector is added later.
    """
    waiting = select(OutboxMessage).where(OutboxMessage.spread_at.is_(None)).order_by(OutboxMessage.seq)
    names = sorted(connectors)
    messages = session.scalars(waiting.limit(limit).with_for_update()).all()
    for message in messages:
        message.spread_at = now
        session.add_all(_delivery(message, name) for name in names)
    return len(messages)


def has_unspread(session: Session) -> bool:
    """Whether messages wait to be spread."""
    unspread = select(OutboxMessage.seq).where(OutboxMessage.spread_at.is_(None)).limit(1)
    return session.scalars(unspread).first() is not None


def dead_letters(session: Session) -> tuple[DeliveryView, ...]:
    """Deliveries that were given up, oldest first: each is something a person was not told."""
    return _views(session, DeliveryState.DEAD)


def waiting(session: Session) -> tuple[DeliveryView, ...]:
    """Deliveries still to be made, oldest first."""
    return _views(session, DeliveryState.PENDING)


def counts(session: Session) -> dict[tuple[str, str], int]:
    """How many deliveries there are, by connector and state."""
    by_state = select(OutboxDelivery.connector, OutboxDelivery.state, func.count()).group_by(
        OutboxDelivery.connector, OutboxDelivery.state
    )
    return {(connector, state): count for connector, state, count in session.execute(by_state)}


def deliveries_of(session: Session, ticket_id: str) -> tuple[DeliveryView, ...]:
    """Every delivery about a ticket, in order."""
    query = select(OutboxDelivery).where(OutboxDelivery.ticket_id == ticket_id)
    ordered = query.order_by(OutboxDelivery.seq, OutboxDelivery.connector)
    return tuple(_view(row) for row in session.scalars(ordered))


def try_again(session: Session, key: str, now: datetime) -> None:
    """Put a given-up delivery back into its lane. Raises NotFound, or Refused when it is not given up."""
    revive = (
        update(OutboxDelivery)
        .where(OutboxDelivery.key == key, OutboxDelivery.state == DeliveryState.DEAD)
        .values(state=DeliveryState.PENDING.value, next_at=now, created_at=now, attempts=0, finished_at=None)
        .returning(OutboxDelivery.key)
    )
    if session.execute(revive).first() is not None:
        return
    if session.get(OutboxDelivery, key) is None:
        message = f"no delivery '{key}'; `watchdesk connectors dead` lists those that were given up"
        raise NotFound(message)
    message = f"delivery '{key}' was not given up; it needs no second try"
    raise Refused(message)


def _delivery(message: OutboxMessage, connector: str) -> OutboxDelivery:
    return OutboxDelivery(
        key=f"{connector}:{message.ticket_id}:{message.seq}",
        seq=message.seq,
        ticket_id=message.ticket_id,
        connector=connector,
        op=message.op,
        state=DeliveryState.PENDING.value,
        payload=None,
        attempts=0,
        created_at=message.at,
        next_at=message.at,
    )


def _views(session: Session, state: DeliveryState) -> tuple[DeliveryView, ...]:
    query = select(OutboxDelivery).where(OutboxDelivery.state == state.value).order_by(OutboxDelivery.seq)
    return tuple(_view(row) for row in session.scalars(query))


def _view(row: OutboxDelivery) -> DeliveryView:
    return DeliveryView(
        key=row.key,
        ticket_id=row.ticket_id,
        connector=row.connector,
        op=row.op,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        next_at=row.next_at,
        finished_at=row.finished_at,
        error=row.error,
    )
