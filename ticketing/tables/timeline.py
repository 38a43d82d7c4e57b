"""The timeline: what happened to a ticket, append-only, each row sealed over the one before."""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, ForeignKey, Index, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.tables.columns import Document
from watchdesk.database import Base, Instant


class TimelineEntry(Base):
    """One row. `changes` holds the ticket's columns it set, `facts` what else is worth knowing."""

    __tablename__ = "ticket_timeline"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[str] = mapped_column(String(36), ForeignKey("ticket.id"))
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(32))
    visibility: Mapped[str] = mapped_column(String(16))
    from_state: Mapped[str | None] = mapped_column(String(16))
    to_state: Mapped[str | None] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    changes: Mapped[dict[str, Any]] = mapped_column(Document)
    facts: Mapped[dict[str, Any]] = mapped_column(Document)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        UniqueConstraint("ticket_id", "seq", name="uq_ticket_timeline_seq"),
        Index("ix_ticket_timeline_at", "at"),  # reports over a period
    )


SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER ticket_timeline_no_{verb} BEFORE {verb.upper()} ON ticket_timeline "
    "BEGIN SELECT RAISE(ABORT, 'the timeline is append-only'); END"
    for verb in ("update", "delete")
)
POSTGRESQL_TRIGGERS = (
    "CREATE OR REPLACE FUNCTION ticket_timeline_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the timeline is append-only'; END $$",
    "CREATE TRIGGER ticket_timeline_append_only BEFORE UPDATE OR DELETE ON ticket_timeline "
    "FOR EACH ROW EXECUTE FUNCTION ticket_timeline_refuse()",
)


def triggers(dialect: str) -> tuple[str, ...]:
    """The statements that make the timeline append-only; also for migrations, which create tables by themselves."""
    return SQLITE_TRIGGERS if dialect == "sqlite" else POSTGRESQL_TRIGGERS


for _dialect in ("sqlite", "postgresql"):
    for _statement in triggers(_dialect):
        _ddl = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(TimelineEntry.__table__, "after_create", _ddl)
