"""The timeline of a ticket: append-only, each row sealed over the one before; the ticket can be recomputed from it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing.entry import Entry
from ticketing.lookup import by_id
from ticketing.tables.ticket import Ticket
from ticketing.tables.timeline import TimelineEntry
from watchdesk.database import Instant, Span

# What the page keeps alive while somebody types, and what seals the timeline itself, are no part of its story.
UNTOLD = frozenset({"id", "version", "timeline_length", "timeline_hash", "drafting_until", "drafting_by"})


def append(session: Session, ticket: Ticket, entry: Entry, changes: Mapping[str, Any], now: datetime) -> None:
    """Seal one row at the end. `changes` are the ticket's columns that it set; `state` makes it a move.

    The caller holds the ticket's row and has not yet set the columns: `changes.change` does both.
    """
    row = TimelineEntry(
        ticket_id=ticket.id,
        seq=ticket.timeline_length + 1,
        at=now,
        actor_kind=entry.actor.kind.value,
        actor=entry.actor.name,
        kind=entry.kind.value,
        visibility=entry.visibility.value,
        from_state=ticket.state if ticket.timeline_length else None,
        to_state=str(changes.get("state", ticket.state)),
        text=entry.text,
        changes=encode(changes),
        facts=dict(entry.facts),
        prev_hash=ticket.timeline_hash,
    )
    row.hash = seal(row)
    ticket.timeline_length, ticket.timeline_hash = row.seq, row.hash
    session.add(row)


def entries(session: Session, ticket_id: str) -> list[TimelineEntry]:
    """All rows of a ticket, oldest first."""
    query = select(TimelineEntry).where(TimelineEntry.ticket_id == ticket_id).order_by(TimelineEntry.seq)
    return list(session.scalars(query))


def verify(session: Session, ticket_id: str) -> int | None:
    """The `seq` of the first row that is missing, changed or out of place; None when the timeline is whole."""
    ticket = by_id(session, ticket_id)
    previous, expected = "", 1
    for row in entries(session, ticket_id):
        if row.seq != expected or row.prev_hash != previous or row.hash != seal(row):
            return expected
        previous, expected = row.hash, expected + 1
    is_whole = ticket.timeline_length == expected - 1 and ticket.timeline_hash == previous
    return None if is_whole else expected


def replay(session: Session, ticket_id: str) -> Ticket:
    """The ticket as its timeline tells it: a value outside any session, without the columns in UNTOLD."""
    return told_by(entries(session, ticket_id))


def told_by(rows: Iterable[TimelineEntry]) -> Ticket:
    """The ticket that these rows, oldest first, tell of."""
    ticket = Ticket()
    for row in rows:
        for name, value in decode(row.changes).items():
            setattr(ticket, name, value)
    return ticket


def differences(session: Session, ticket_id: str) -> tuple[str, ...]:
    """The columns in which the stored ticket and its timeline disagree; none when all is well."""
    stored, told = by_id(session, ticket_id), replay(session, ticket_id)
    names = (column.key for column in Ticket.__table__.columns if column.key not in UNTOLD)
    return tuple(name for name in names if getattr(stored, name) != getattr(told, name))


def seal(row: TimelineEntry) -> str:
    """SHA-256 over everything the row says and over the seal of the row before it."""
    said = [
        row.prev_hash, row.ticket_id, row.seq, row.at.isoformat(), row.actor_kind, row.actor, row.kind,
        row.visibility, row.from_state, row.to_state, row.text, row.changes, row.facts,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def encode(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a ticket as JSON values: instants in ISO 8601, durations in seconds."""
    return {name: _plain(value) for name, value in columns.items()}


def decode(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What `encode` spelled, by the types of the ticket's columns."""
    return {name: _typed(name, value) for name, value in columns.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, str) else value


def _typed(name: str, value: Any) -> Any:
    column_type = Ticket.__table__.columns[name].type
    if value is not None and isinstance(column_type, Instant):
        return datetime.fromisoformat(value)
    if value is not None and isinstance(column_type, Span):
        return timedelta(seconds=value)
    return value
