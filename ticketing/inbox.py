"""The inbox: every event is accepted once, kept, and decided once."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.decision import Decision, Outcome
from ticketing.signal_document import from_document, to_document
from ticketing.tables.inbox import InboxEvent
from watchdesk.signals import HealthSignal
from watchdesk.upsert import insert_for

OPEN_OUTCOMES = (Outcome.PENDING.value, Outcome.WAITING.value)


def accept(session: Session, signal: HealthSignal, now: datetime) -> bool:
    """Keep an event; False when its source told it before (then nothing changes)."""
    values = {
        "source": signal.source,
        "event_id": signal.event_id,
        "kind": signal.kind.value,
        "monitor": signal.monitor,
        "fingerprint": signal.fingerprint,
        "observed_at": signal.observed_at,
        "received_at": now,
        "body": to_document(signal),
        "outcome": Outcome.PENDING.value,
        "reason": "",
    }
    insert = insert_for(session, InboxEvent).values(**values)
    once = insert.on_conflict_do_nothing(index_elements=["source", "event_id"])
    return session.execute(once.returning(InboxEvent.id)).first() is not None


def pending(session: Session, limit: int = 500) -> list[HealthSignal]:
    """Events that await a decision, in the order they came; after them those that wait for a parent's incident.

    Waiting ones are offered again each time: taking one again costs a look and changes nothing while it must wait.
    """
    found: list[HealthSignal] = []
    for outcome in OPEN_OUTCOMES:
        query = select(InboxEvent.body).where(InboxEvent.outcome == outcome).order_by(InboxEvent.id)
        found += [from_document(body) for body in session.scalars(query.limit(limit - len(found)))]
    return found


def claim(session: Session, signal: HealthSignal) -> InboxEvent | None:
    """Take an accepted event for deciding; None when it was decided before. Two cannot both claim it.

    The row stays held until the transaction ends.
    """
    query = select(InboxEvent).where(
        InboxEvent.source == signal.source,
        InboxEvent.event_id == signal.event_id,
        InboxEvent.outcome.in_(OPEN_OUTCOMES),
    )
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()


def settle(event: InboxEvent, decision: Decision, now: datetime) -> None:
    """Write down what was decided about a claimed event."""
    event.outcome, event.reason, event.ticket_id = decision.outcome.value, decision.reason, decision.ticket_id
    event.settled_at = None if event.outcome in OPEN_OUTCOMES else now
