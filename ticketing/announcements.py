"""Saying something about a ticket once: whoever writes the announcement's row says it, nobody else does."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ticketing.tables.service_level import Announcement
from watchdesk.upsert import insert_for


def is_first(session: Session, ticket_id: str, subject: str, now: datetime) -> bool:
    """Whether this is the first time; from now on it is not. Rolled back with the transaction."""
    row = {"ticket_id": ticket_id, "subject": subject, "at": now}
    statement = insert_for(session, Announcement).values(row).on_conflict_do_nothing()
    return session.execute(statement.returning(Announcement.subject)).first() is not None


def last_of(session: Session, ticket_id: str, prefix: str) -> tuple[int, datetime | None]:
    """How many announcements whose subject begins with `prefix` were made, and when the last."""
    made = select(func.count(), func.max(Announcement.at)).where(
        Announcement.ticket_id == ticket_id, Announcement.subject.startswith(prefix, autoescape=True)
    )
    count, last = session.execute(made).one()
    return count, last
