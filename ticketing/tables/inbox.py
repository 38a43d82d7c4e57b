"""What was told to the desk: every event once, and the newest word on each condition."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.tables.columns import Document
from watchdesk.database import Base, Instant

UNSETTLED = text("outcome IN ('pending', 'waiting')")


class InboxEvent(Base):
    """One event. `outcome` is 'pending' until the desk decided, 'waiting' while a parent's incident is awaited."""

    __tablename__ = "event_inbox"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(128))
    event_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))
    monitor: Mapped[str] = mapped_column(String(128))
    fingerprint: Mapped[str] = mapped_column(Text)
    observed_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    body: Mapped[dict[str, Any]] = mapped_column(Document)
    outcome: Mapped[str] = mapped_column(String(16), default="pending")
    reason: Mapped[str] = mapped_column(Text, default="")
    ticket_id: Mapped[str | None] = mapped_column(String(36))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        UniqueConstraint("source", "event_id", name="uq_event_inbox_event"),
        # what is still to be decided
        Index("ix_event_inbox_unsettled", "outcome", "id", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
        Index("ix_event_inbox_fingerprint", "fingerprint", "id"),  # what was told about a condition
    )


class Condition(Base):
    """The newest word on one condition. Its row is the lock that puts two tellings about it in order."""

    __tablename__ = "condition"

    fingerprint: Mapped[str] = mapped_column(Text, primary_key=True)
    monitor: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    health: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime | None] = mapped_column(Instant)
    observed_at: Mapped[datetime | None] = mapped_column(Instant)
    body: Mapped[dict[str, Any]] = mapped_column(Document)
    told_at: Mapped[datetime] = mapped_column(Instant)
