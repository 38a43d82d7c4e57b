"""What other desks and people are to be told: messages in order, their deliveries, and what things are called there."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from watchdesk.database import Base, Instant

Sequence = BigInteger().with_variant(Integer, "sqlite")


class OutboxMessage(Base):
    """One thing that happened to a ticket and is to be told; `seq` grows, and per ticket it is the order of telling.

    Written in the transaction of the change itself. `timeline_seq` is the entry of the ticket's timeline that it tells
    of; `spread_at` says when deliveries were made of it.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("outbox_message_waiting", "spread_at", "seq"),  # spreading messages over the connectors
        Index("outbox_message_ticket", "ticket_id", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    ticket_id: Mapped[str] = mapped_column(String(36))
    op: Mapped[str] = mapped_column(String(32))
    timeline_seq: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(Instant)
    spread_at: Mapped[datetime | None] = mapped_column(Instant)


class OutboxDelivery(Base):
    """One message on its way through one connector.

    `payload` is what is sent, fixed before the first attempt so that every attempt sends the same. `lease_owner` and
    `lease_until` name the one sender that may send it now; as only the oldest undelivered one of a ticket and
    connector is ever leased, the lease is on the pair.
    """

    __tablename__ = "outbox_delivery"
    __table_args__ = (
        UniqueConstraint("connector", "seq", name="outbox_delivery_once"),
        Index("outbox_delivery_lane", "state", "connector", "ticket_id", "seq"),  # the head of each lane
        Index("outbox_delivery_ticket", "ticket_id", "seq"),
    )

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    seq: Mapped[int] = mapped_column(Sequence, ForeignKey("outbox_message.seq"))
    ticket_id: Mapped[str] = mapped_column(String(36))
    connector: Mapped[str] = mapped_column(String(64))
    op: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    next_at: Mapped[datetime] = mapped_column(Instant)
    lease_owner: Mapped[str | None] = mapped_column(String(120))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)


class ExternalReference(Base):
    """What a ticket is called on the other side of a connector."""

    __tablename__ = "external_reference"
    __table_args__ = (UniqueConstraint("connector", "remote_id", name="external_reference_remote"),)

    connector: Mapped[str] = mapped_column(String(64), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    remote_id: Mapped[str] = mapped_column(String(500))
    remote_state: Mapped[str | None] = mapped_column(String(120))
    synced_at: Mapped[datetime] = mapped_column(Instant)
