"""Whether the database is whole: its own structures, what rows refer to, and the sealed timelines."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ticketing import timeline
from ticketing.tables import Ticket
from watchdesk.database import Database


def faults(database: Database) -> tuple[str, ...]:
    """What is wrong, one sentence each; nothing when all is well."""
    with database.reading() as session:
        structure = _sqlite_faults(session) if database.is_sqlite else ()
        return (*structure, *_timeline_faults(session))


def _sqlite_faults(session: Session) -> tuple[str, ...]:
    found = [str(row[0]) for row in session.execute(text("PRAGMA integrity_check"))]
    dangling = session.execute(text("PRAGMA foreign_key_check")).all()
    return (
        *(f"SQLite: {line}" for line in found if line != "ok"),
        *(f"{row[0]}: row {row[1]} refers to a row of {row[2]} that is not there" for row in dangling),
    )


def _timeline_faults(session: Session) -> tuple[str, ...]:
    found = []
    for ticket in session.execute(select(Ticket.id, Ticket.number).order_by(Ticket.number)):
        broken = timeline.verify(session, ticket.id)
        if broken is not None:
            found.append(f"{ticket.number}: the timeline is not what was written, from entry {broken} on")
            continue
        differing = timeline.differences(session, ticket.id)
        if differing:
            found.append(f"{ticket.number}: the ticket is not what its timeline tells ({', '.join(differing)})")
    return tuple(found)
