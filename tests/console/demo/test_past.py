"""Thirty days of past: whole, the same every time, told to nobody; and taken away without a trace of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from console.demo.layout import SHIPPED, layout_of
from console.demo.past import remember_past, write_past
from console.demo.past_plan import DAYS, SAYS, past_until
from console.demo.removal import names_of_demo, remove_records, turn_off
from loop.definitions import Definitions, load
from monitors.queries import availability, results_between
from monitors.storage import journal, numbers, spans
from monitors.storage.compaction import compact
from monitors.storage.journal import Result
from monitors.storage.spans import Change
from runbooks import queries as runbooks
from tests.clock import START, FrozenClock
from ticketing import incidents, outbox, queries, timeline
from ticketing.desk import Desk
from watchdesk.calendars import Calendars
from watchdesk.catalogue import Catalogue
from watchdesk.database import Base, Database
from watchdesk.health import Health
from watchdesk.settings import Settings
from watchdesk.signals import HealthSignal, ResolvePolicy, SignalKind

pytestmark = pytest.mark.slow
MINE = "mine"


@pytest.fixture(scope="module")
def shipped() -> Definitions:
    return load(SHIPPED)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory, shipped: Definitions) -> Iterator[Database]:
    """A database with the demo's past and nothing else, for reading."""
    path = tmp_path_factory.mktemp("past") / "watchdesk.db"
    with Database(f"sqlite:///{path}") as database:
        Base.metadata.create_all(database.engine)
        write_past(database, shipped, START)
        yield database


def test_every_incident_of_the_past_has_a_ticket_that_its_timeline_proves(past: Database) -> None:
    with past.reading() as session:
        found = queries.list_tickets(session)
        assert len(found) == len(past_until(START)) + 1
        for ticket in found:
            identity = queries.show(session, ticket.number).ticket.id
            assert timeline.verify(session, identity) is None
            assert timeline.differences(session, identity) == ()


def test_tickets_in_several_states_are_there_at_once(past: Database) -> None:
    with past.reading() as session:
        assert {ticket.state for ticket in queries.list_tickets(session)} >= {
            "new", "acknowledged", "resolved", "closed", "cancelled",
        }  # fmt: skip


def test_availability_is_what_the_incidents_say(past: Database) -> None:
    failed_s: dict[str, float] = dict.fromkeys(SAYS, 0.0)
    for incident in past_until(START):
        if incident.health is Health.CRITICAL:
            failed_s[incident.monitor] += (incident.over - incident.since).total_seconds()
    with past.reading() as session:
        seen = availability(session, START - timedelta(days=DAYS), START, list(SAYS))
    found = {name: seen[name].critical_s for name in SAYS if not name.startswith("demo-tracking")}
    assert found == pytest.approx({name: failed_s[name] for name in found}, abs=0.01)


def test_results_stand_for_every_day(past: Database) -> None:
    with past.reading() as session:
        for day in range(1, DAYS):
            begin = START - timedelta(days=day)
            assert (
                len(results_between(session, begin, begin + timedelta(days=1), ["demo-shop"])["demo-shop"].at) >= 1400
            )


def test_repairs_stand_in_the_journal_with_their_transcripts(past: Database) -> None:
    with past.reading() as session:
        made = runbooks.list_remediations(session)
    assert len(made) > 20
    assert all(step.output for attempt in made for step in attempt.steps)
    assert {attempt.state for attempt in made} == {"succeeded", "failed"}


def test_nobody_is_told_of_the_past(past: Database) -> None:
    with past.reading() as session:
        assert not outbox.has_unspread(session)
        assert outbox.waiting(session) == ()


def test_the_past_is_the_same_every_time(past: Database, sqlite: Database, shipped: Definitions) -> None:
    write_past(sqlite, shipped, START)

    def told(database: Database) -> list[tuple[Any, ...]]:
        with database.reading() as session:
            tickets = queries.list_tickets(session)
            return [(found.number, found.state, found.monitor, found.opened_at, found.resolved_at) for found in tickets]

    assert told(sqlite) == told(past)


def test_it_is_written_once_and_only_for_a_demo(sqlite: Database, tmp_path: Path) -> None:
    home, clock = tmp_path / "home", FrozenClock()
    settings = Settings(home=home)
    remember_past(settings, sqlite, clock)
    assert count(sqlite) == 0
    watched = settings.model_copy(update={"definitions": layout_of(settings).definitions})
    layout_of(settings).folder.mkdir(parents=True)
    layout_of(settings).definitions.symlink_to(SHIPPED)
    remember_past(watched, sqlite, clock)
    first = count(sqlite)
    remember_past(watched, sqlite, clock)
    assert count(sqlite) == first > 25


def count(database: Database) -> int:
    with database.reading() as session:
        return queries.count_tickets(session)


def mine(database: Database, begin: datetime) -> None:
    """A monitor, a ticket and a month of results that are not the demo's, in the same packed rows as the demo's."""
    with database.writing() as session:
        number = numbers.assign(session, [MINE])[MINE]
        results = [Result(MINE, number, begin.timestamp() + 600 * step, Health.OK, 0.01) for step in range(4000)]
        journal.append(session, results)
        spans.record(session, [Change(MINE, begin.timestamp(), Health.OK, "fine")])
        signal = HealthSignal(
            event_id="mine/1",
            kind=SignalKind.PROBLEM,
            monitor=MINE,
            service="site",
            item=None,
            fingerprint=f"monitor/{MINE}",
            title="Mine",
            health=Health.CRITICAL,
            observed_at=begin,
            since=begin,
            summary="down",
            resolve=ResolvePolicy(after=3, grace=timedelta(minutes=5), reopen_within=timedelta(hours=1)),
            every=timedelta(minutes=1),
        )
        incidents.take(session, signal, Desk(Catalogue(), Calendars(calendars={}, windows=())), begin)
    pack(database, begin + timedelta(days=DAYS))


def pack(database: Database, now: datetime) -> None:
    is_more = True
    while is_more:
        with database.writing() as session:
            is_more = compact(session, now)


def everything(database: Database) -> dict[str, list[Any]]:
    """Every row of every table, but for the counters of numbers that were given."""
    with database.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in {"ticket_number", "runbook_inventory"}
        }


def test_taken_away_nothing_of_it_is_left_and_all_else_is_as_it_was(database: Database, shipped: Definitions) -> None:
    mine(database, START - timedelta(days=DAYS))
    before = everything(database)
    write_past(database, shipped, START)
    assert everything(database) != before
    with database.writing() as session:
        removed = remove_records(session, names_of_demo())
    assert removed.tickets == len(past_until(START)) + 1
    assert removed.monitors == len(SAYS)
    assert everything(database) == before


def test_results_of_others_in_shared_rows_stay(database: Database, shipped: Definitions) -> None:
    """Today's hours hold both, the demo's and others', and so does the journal."""
    begin = START - timedelta(hours=7)
    write_past(database, shipped, START)
    mine_at = [begin.timestamp() + 60 * step for step in range(400)]
    with database.writing() as session:
        number = numbers.assign(session, [MINE])[MINE]
        demo = numbers.assign(session, ["demo-shop"])["demo-shop"]
        pairs = [(MINE, number), ("demo-shop", demo)]
        shared = [Result(name, of, at, Health.OK, 0.01) for at in mine_at for name, of in pairs]
        journal.append(session, shared[:600])
        journal.append(session, shared[600:])
    with database.writing() as session:
        compact(session, START)
    with database.writing() as session:
        remove_records(session, names_of_demo())
    with database.reading() as session:
        end = START + timedelta(days=1)
        found = results_between(session, begin, end)
        assert len(found.pop(MINE).at) == 400
        assert found == {}


def test_afterwards_the_timeline_is_append_only_again(database: Database, shipped: Definitions) -> None:
    mine(database, START)
    write_past(database, shipped, START)
    with database.writing() as session:
        remove_records(session, names_of_demo())
    for statement in ("DELETE FROM ticket_timeline", "UPDATE ticket_timeline SET text = ''"):
        with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
            session.execute(text(statement))


def test_numbers_of_tickets_that_are_gone_are_not_given_again(sqlite: Database, shipped: Definitions) -> None:
    write_past(sqlite, shipped, START)
    with sqlite.writing() as session:
        remove_records(session, names_of_demo())
    mine(sqlite, START)
    with sqlite.reading() as session:
        (ticket,) = queries.list_tickets(session)
    assert int(ticket.number.removeprefix("INC-")) > 1000 + len(past_until(START)) - 1


def test_off_without_an_up_removes_files_and_records_and_may_be_said_twice(
    sqlite: Database, tmp_path: Path, shipped: Definitions
) -> None:
    settings = Settings(home=tmp_path / "home")
    layout = layout_of(settings)
    (layout.definitions / "monitors" / "demo").mkdir(parents=True)
    layout.services.write_text("{}")
    write_past(sqlite, shipped, datetime(2026, 3, 2, tzinfo=UTC))
    assert turn_off(settings, sqlite, FrozenClock(), "me")
    assert not layout.folder.exists()
    assert count(sqlite) == 0
    assert not turn_off(settings, sqlite, FrozenClock(), "me")
