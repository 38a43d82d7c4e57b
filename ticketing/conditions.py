"""Conditions: the newest word on each monitored condition, and the lock that puts two tellings in order."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.signal_document import to_document
from ticketing.tables.inbox import Condition
from watchdesk.signals import HealthSignal, SignalKind
from watchdesk.upsert import insert_for

# Flapping and steadiness are said about a condition; they do not say whether it fails.
ASIDE = frozenset({SignalKind.FLAPPING, SignalKind.STEADY})


def hold(session: Session, fingerprint: str) -> Condition | None:
    """What is known about a condition, its row held until the transaction ends; None when nothing was told yet."""
    query = select(Condition).where(Condition.fingerprint == fingerprint)
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).one_or_none()


def hold_for(session: Session, signal: HealthSignal, now: datetime) -> Condition:
    """Like `hold`, for a signal that is to be decided: the row is made when this is the first word."""
    known = hold(session, signal.fingerprint)
    if known is not None:
        return known
    insert = insert_for(session, Condition).values(
        fingerprint=signal.fingerprint,
        monitor=signal.monitor,
        kind="",
        health=signal.health.value,
        since=None,
        observed_at=None,
        body=to_document(signal),
        told_at=now,
    )
    session.execute(insert.on_conflict_do_nothing(index_elements=["fingerprint"]))
    made = hold(session, signal.fingerprint)
    assert made is not None  # noqa: S101  made just above, by us or by somebody else; conditions are never deleted
    return made


def is_late(condition: Condition, signal: HealthSignal) -> bool:
    """Whether the signal speaks of a time before the newest word that was applied."""
    return condition.observed_at is not None and signal.observed_at < condition.observed_at


def note(condition: Condition, signal: HealthSignal, now: datetime) -> None:
    """Remember the signal as the newest word."""
    condition.observed_at, condition.told_at = signal.observed_at, now
    if signal.kind not in ASIDE:
        condition.kind, condition.health, condition.since = signal.kind.value, signal.health.value, signal.since
        condition.body = to_document(signal)
