"""Delivery: one sender at a time per ticket and connector, in order, with every attempt sending the same.

The lease is on the oldest undelivered message of a ticket and connector, which is the only one that may go out. What
a sender records is accepted only while the lease is still its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from ticketing.connectors.connector import DeliveryFailed, Parcel, Receipt
from ticketing.outbox import DeliveryState, Operation
from ticketing.tables.outbox import ExternalReference, OutboxDelivery, OutboxMessage
from watchdesk.errors import WatchdeskError
from watchdesk.upsert import insert_for

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(days=3)
MAX_ERROR = 1000
Random = Callable[[], float]


class LeaseLost(WatchdeskError):
    """Another sender has taken the message over; whatever this one did is recorded by the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A message that is ours to send until `until`. `payload` is None before the first attempt."""

    key: str
    ticket_id: str
    connector: str
    worker: str
    op: Operation
    at: datetime
    waits_since: datetime
    timeline_seq: int | None
    attempts: int
    remote_id: str | None
    payload: Mapping[str, Any] | None
    until: datetime

    def parcel(self, payload: Mapping[str, Any], remote_id: str | None) -> Parcel:
        return Parcel(key=self.key, ticket_id=self.ticket_id, op=self.op, remote_id=remote_id, payload=payload)


def has_waiting(session: Session, connector: str, now: datetime) -> bool:
    """Whether a message of a connector may go out now."""
    return _head(session, connector, now) is not None


def claim(session: Session, connector: str, worker: str, now: datetime, lease: timedelta) -> Claim | None:
    """The next message of a connector that may go out now, leased to `worker`; None when there is none."""
    head = _head(session, connector, now)
    if head is None:
        return None
    until = now + lease
    take = (
        update(OutboxDelivery)
        .where(OutboxDelivery.key == head.key, OutboxDelivery.state == DeliveryState.PENDING.value, _is_free(now))
        .values(lease_owner=worker, lease_until=until, attempts=OutboxDelivery.attempts + 1)
        .returning(OutboxDelivery.attempts)
    )
    attempts = session.execute(take).scalar_one_or_none()
    if attempts is None:
        return None
    message = session.get_one(OutboxMessage, head.seq)
    return Claim(
        key=head.key,
        ticket_id=head.ticket_id,
        connector=connector,
        worker=worker,
        op=Operation(head.op),
        at=message.at,
        waits_since=head.created_at,
        timeline_seq=message.timeline_seq,
        attempts=attempts,
        remote_id=remote_id_of(session, connector, head.ticket_id),
        payload=head.payload,
        until=until,
    )


def fix(session: Session, claimed: Claim, payload: Mapping[str, Any]) -> None:
    """Settle what is sent, before it is sent: a later attempt sends the same. Raises LeaseLost."""
    _write(session, claimed, payload=dict(payload))


def sent(session: Session, claimed: Claim, receipt: Receipt, now: datetime) -> None:
    """Record that the other side has it, and what it calls the ticket. Raises LeaseLost."""
    remark = receipt.remark[:MAX_ERROR] if receipt.remark else None
    _write(
        session,
        claimed,
        state=DeliveryState.SENT.value,
        finished_at=now,
        lease_owner=None,
        lease_until=None,
        error=remark,
    )
    if receipt.remote_id is not None:
        refer(session, claimed, receipt, now)


def failed(session: Session, claimed: Claim, failure: DeliveryFailed, now: datetime, random: Random) -> DeliveryState:
    """Record why it did not go out: to be tried again later, or given up for people to see. Raises LeaseLost."""
    error = str(failure)[:MAX_ERROR]
    gives_up = not failure.retry_may_help or now - claimed.waits_since >= GIVE_UP_AFTER
    free: dict[str, Any] = {"lease_owner": None, "lease_until": None, "error": error}
    if gives_up:
        _write(session, claimed, state=DeliveryState.DEAD.value, finished_at=now, **free)
        return DeliveryState.DEAD
    wait = max(backoff(claimed.attempts, random), failure.retry_after or timedelta(0))
    _write(session, claimed, next_at=now + wait, **free)
    return DeliveryState.PENDING


def refer(session: Session, claimed: Claim, receipt: Receipt, now: datetime) -> None:
    """Keep what the other side calls the ticket, once: whether it is there already must not depend on asking.

    A name that already stands for another ticket is no name and is not kept.
    """
    known = session.get(ExternalReference, (claimed.connector, claimed.ticket_id))
    if known is not None:
        known.remote_state, known.synced_at = receipt.remote_state, now
        return
    row = {
        "connector": claimed.connector,
        "ticket_id": claimed.ticket_id,
        "remote_id": receipt.remote_id,
        "remote_state": receipt.remote_state,
        "synced_at": now,
    }
    session.execute(insert_for(session, ExternalReference).values(row).on_conflict_do_nothing())


def remote_id_of(session: Session, connector: str, ticket_id: str) -> str | None:
    """What the other side calls a ticket, as far as we know."""
    found = session.get(ExternalReference, (connector, ticket_id))
    return found.remote_id if found is not None else None


def backoff(attempts: int, random: Random) -> timedelta:
    """The wait after so many attempts: doubling, bounded, and half of it random so that many do not knock at once."""
    whole: timedelta = min(FIRST_WAIT * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT)
    return whole / 2 + whole / 2 * random()


def _head(session: Session, connector: str, now: datetime) -> OutboxDelivery | None:
    """The oldest undelivered message of any ticket, if it may go out now and nobody is sending it."""
    earlier = aliased(OutboxDelivery)
    has_earlier = exists().where(
        earlier.state == DeliveryState.PENDING.value,
        earlier.connector == connector,
        earlier.ticket_id == OutboxDelivery.ticket_id,
        earlier.seq < OutboxDelivery.seq,
    )
    query = (
        select(OutboxDelivery)
        .where(
            OutboxDelivery.state == DeliveryState.PENDING.value,
            OutboxDelivery.connector == connector,
            OutboxDelivery.next_at <= now,
            _is_free(now),
            ~has_earlier,
        )
        .order_by(OutboxDelivery.seq)
        .limit(1)
    )
    return session.scalars(query).first()


def _is_free(now: datetime) -> Any:
    return or_(OutboxDelivery.lease_until.is_(None), OutboxDelivery.lease_until <= now)


def _write(session: Session, claimed: Claim, **columns: Any) -> None:
    own = (
        update(OutboxDelivery)
        .where(
            OutboxDelivery.key == claimed.key,
            OutboxDelivery.state == DeliveryState.PENDING.value,
            OutboxDelivery.lease_owner == claimed.worker,
            OutboxDelivery.attempts == claimed.attempts,
        )
        .values(**columns)
        .returning(OutboxDelivery.key)
    )
    if session.execute(own).first() is None:
        message = f"delivery {claimed.key} was taken over from {claimed.worker} by another sender"
        raise LeaseLost(message)
