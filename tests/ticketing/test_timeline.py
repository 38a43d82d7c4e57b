"""The timeline: append-only, sealed, and enough to recompute the ticket."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.ticketing.stage import at, evidence, review, signal, take, ticket
from ticketing import people, timeline
from ticketing.people import Hold, Resolution
from ticketing.tables import Ticket, TimelineEntry
from ticketing.tables.timeline import triggers
from watchdesk.database import Database
from watchdesk.health import Health


def eventful(database: Database) -> str:
    """A ticket that much happened to; its id."""
    take(database, signal(health=Health.WARNING, measured={"status": "503"}))
    take(database, signal(seconds=1))
    review(database, "INC-1001", evidence(2, 3))
    review(database, "INC-1001", evidence(4, 4, Health.UNKNOWN))
    with database.writing() as session:
        people.acknowledge(session, "INC-1001", who="ana", now=at(5))
        people.hold(session, "INC-1001", Hold(reason="vendor", until=at(90)), who="ana", now=at(6))
        people.work(session, "INC-1001", who="ana", now=at(7))
        people.note(session, "INC-1001", "naïve “quotes” — and 日本語", who="ana", now=at(8))
        people.resolve(session, "INC-1001", Resolution(note="the cable"), who="ana", now=at(9))
    take(database, signal(seconds=60))
    return ticket(database).id


def test_every_move_says_from_to_when_who_and_why(database: Database) -> None:
    ticket_id = eventful(database)
    with database.reading() as session:
        rows = timeline.entries(session, ticket_id)
    moves = [(row.from_state, row.to_state) for row in rows if row.from_state != row.to_state]
    assert moves == [
        (None, "new"),
        ("new", "recovering"),
        ("recovering", "new"),
        ("new", "acknowledged"),
        ("acknowledged", "on_hold"),
        ("on_hold", "in_progress"),
        ("in_progress", "resolved"),
        ("resolved", "new"),
    ]
    assert all(row.text and row.actor and row.actor_kind in {"machine", "person"} for row in rows)


def test_the_ticket_can_be_recomputed_from_its_timeline(database: Database) -> None:
    ticket_id = eventful(database)
    with database.reading() as session:
        assert timeline.differences(session, ticket_id) == ()
        assert timeline.replay(session, ticket_id).assignee == "ana"


def test_a_ticket_that_was_changed_behind_its_timeline_is_noticed(database: Database) -> None:
    ticket_id = eventful(database)
    with database.writing() as session:
        session.execute(update(Ticket).where(Ticket.id == ticket_id).values(priority="P5", assignee="bo"))
    with database.reading() as session:
        assert set(timeline.differences(session, ticket_id)) == {"priority", "assignee"}


def test_a_whole_timeline_verifies(database: Database) -> None:
    ticket_id = eventful(database)
    with database.reading() as session:
        assert timeline.verify(session, ticket_id) is None


@pytest.mark.parametrize(
    "statement",
    [
        update(TimelineEntry).values(text="nothing happened"),
        delete(TimelineEntry).where(TimelineEntry.seq == 1),
    ],
)
def test_the_database_refuses_to_change_the_past(database: Database, statement: Any) -> None:
    eventful(database)
    with database.writing() as session:
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(statement)
        session.rollback()


def _alter(column: str, value: Any) -> Callable[[Session], None]:
    def tamper(session: Session) -> None:
        session.execute(update(TimelineEntry).where(TimelineEntry.seq == 3).values({column: value}))

    return tamper


def _cut(*sequence: int) -> Callable[[Session], None]:
    def tamper(session: Session) -> None:
        session.execute(delete(TimelineEntry).where(TimelineEntry.seq.in_(sequence)))

    return tamper


def _swap(session: Session) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        session.execute(update(TimelineEntry).where(TimelineEntry.seq == old).values(seq=new))


def _reseal(session: Session) -> None:
    """Change a row and make its own seal right again: the next row still knows the old one."""
    row = session.query(TimelineEntry).where(TimelineEntry.seq == 3).one()
    row.text = "nothing happened"
    row.hash = timeline.seal(row)


TAMPERINGS = {
    "text": (_alter("text", "nothing happened"), 3),
    "actor": (_alter("actor", "jan"), 3),
    "actor_kind": (_alter("actor_kind", "person"), 3),
    "kind": (_alter("kind", "noted"), 3),
    "visibility": (_alter("visibility", "system"), 3),
    "at": (_alter("at", at(1000)), 3),
    "from_state": (_alter("from_state", "closed"), 3),
    "to_state": (_alter("to_state", "closed"), 3),
    "changes": (_alter("changes", {"state": "closed"}), 3),
    "facts": (_alter("facts", {"made": "up"}), 3),
    "previous seal": (_alter("prev_hash", "0" * 64), 3),
    "resealed": (_reseal, 4),
    "first row lost": (_cut(1), 1),
    "row lost": (_cut(4), 4),
    "swapped": (_swap, 3),
    "everything lost": (_cut(*range(1, 50)), 1),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_below_the_triggers_is_found_at_its_row(database: Database, name: str) -> None:
    tamper, broken_at = TAMPERINGS[name]
    ticket_id = eventful(database)
    with without_triggers(database) as session:
        tamper(session)
        session.flush()
        assert timeline.verify(session, ticket_id) == broken_at
        session.rollback()


def test_a_tail_that_was_cut_off_is_noticed(database: Database) -> None:
    ticket_id = eventful(database)
    with without_triggers(database) as session:
        last = ticket(database).timeline_length
        session.execute(delete(TimelineEntry).where(TimelineEntry.seq == last))
        assert timeline.verify(session, ticket_id) == last
        session.rollback()


def test_each_seal_covers_the_one_before(database: Database) -> None:
    ticket_id = eventful(database)
    with database.reading() as session:
        rows = timeline.entries(session, ticket_id)
    assert [row.prev_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert (rows[0].prev_hash, len({row.hash for row in rows})) == ("", len(rows))


def test_encoded_columns_come_back_as_they_were() -> None:
    columns = {"opened_at": at(1.25), "resolve_grace": timedelta(seconds=2.5), "occurrences": 3, "assignee": None}
    assert timeline.decode(timeline.encode(columns)) == columns


@contextmanager
def without_triggers(database: Database) -> Iterator[Session]:
    """A transaction in which somebody with the keys to the database has taken the triggers away."""
    with database.writing() as session:
        if database.is_sqlite:
            for verb in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER ticket_timeline_no_{verb}"))
        else:
            session.execute(text("DROP TRIGGER ticket_timeline_append_only ON ticket_timeline"))
        yield session


def test_migrations_can_ask_for_the_triggers_of_both_databases() -> None:
    assert [len(triggers(name)) for name in ("sqlite", "postgresql")] == [2, 2]
