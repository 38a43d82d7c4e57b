"""Lists, chips and details of tickets, also when there are very many."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from tests.clock import START
from tests.ticketing.stage import at, evidence, review, signal, take, ticket
from ticketing import people, queries
from ticketing.errors import TicketNotFound
from ticketing.people import Resolution
from ticketing.selection import Order, Page, Selection
from ticketing.tables import ServiceLevelClock, Ticket
from ticketing.views import ChipCounts, OpenIncident, TicketView
from ticketing.vocabulary import ActorKind
from watchdesk.calendars import ALWAYS
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import SignalKind

PUBLISHED = {
    "number", "kind", "state", "priority", "title", "service", "monitor", "fingerprint", "opened_at",
    "acknowledged_at", "resolved_at", "resolution_code", "assignee", "occurrences",
}  # fmt: skip


@pytest.fixture
def some(database: Database) -> Database:
    """Four tickets: INC-1001 resolved by the machine, 1002 ana's, 1003 of the host, 1004 a warning."""
    take(database, signal(seconds=0))
    review(database, "INC-1001", evidence(2, 9))
    take(database, signal(seconds=10, monitor="checkout", title="Checkout answers 502"))
    take(database, signal(seconds=20, monitor="disk", service="host"))
    take(database, signal(seconds=30, monitor="queue", health=Health.WARNING))
    with database.writing() as session:
        people.acknowledge(session, "INC-1002", who="ana", now=at(40))
    return database


@pytest.mark.parametrize(
    ("selection", "numbers"),
    [
        (Selection(), (1004, 1003, 1002, 1001)),
        (Selection(is_open=True), (1004, 1003, 1002)),
        (Selection(is_open=False), (1001,)),
        (Selection(states=("resolved", "acknowledged")), (1002, 1001)),
        (Selection(kinds=("problem",)), ()),
        (Selection(services=("host",)), (1003,)),
        (Selection(monitors=("checkout", "disk")), (1003, 1002)),
        (Selection(priorities=("P1",)), (1002, 1001)),
        (Selection(fingerprint="monitor/disk"), (1003,)),
        (Selection(assignee="ana"), (1002,)),
        (Selection(assignment_group="platform"), (1003,)),
        (Selection(is_unassigned=True, is_open=True), (1004, 1003)),
        (Selection(resolved_by_kind=ActorKind.MACHINE), (1001,)),
        (Selection(opened_since=at(10), opened_until=at(30)), (1003, 1002)),
        (Selection(text="CHECKOUT 502"), (1002,)),
        (Selection(text="inc-1003"), (1003,)),
        (Selection(text="%"), ()),
        (Selection(text="ana"), (1002,)),
    ],
)
def test_a_selection_finds_what_it_says(some: Database, selection: Selection, numbers: tuple[int, ...]) -> None:
    with some.reading() as session:
        found = queries.list_tickets(session, selection)
        assert [one.number for one in found] == [f"INC-{number}" for number in numbers]
        assert queries.count_tickets(session, selection) == len(numbers)


def test_pages_follow_one_another(some: Database) -> None:
    with some.reading() as session:
        pages = [queries.list_tickets(session, page=Page(limit=3, offset=offset)) for offset in (0, 3, 6)]
    assert [len(page) for page in pages] == [3, 1, 0]
    assert len({one.number for page in pages for one in page}) == 4


def test_urgent_first_goes_by_priority_and_then_by_age(some: Database) -> None:
    with some.reading() as session:
        found = queries.list_tickets(session, Selection(is_open=True), Page(order=Order.URGENT))
    assert [one.priority for one in found] == ["P1", "P3", "P3"]


def test_chips_count_what_their_lists_hold(some: Database) -> None:
    promise(some, "INC-1003", due=at(3600))
    with some.reading() as session:
        counts = queries.chip_counts(session, "ana", at(7200))
    assert counts == ChipCounts(
        unassigned=2, mine=1, open=3, due_today=1, waiting_for_approval=0, resolved_by_machine=1, all=4
    )


def test_a_view_carries_every_published_field(some: Database) -> None:
    assert {field.name for field in fields(TicketView)} >= PUBLISHED
    with some.reading() as session:
        (resolved,) = queries.list_tickets(session, Selection(states=("resolved",)))
    assert (resolved.resolution_code, resolved.occurrences, resolved.opened_at) == ("recovered_no_action", 1, at(0))


def test_the_nearest_running_promise_is_when_a_ticket_is_due(some: Database) -> None:
    promise(some, "INC-1003", due=at(900), kind="respond")
    promise(some, "INC-1003", due=at(60), kind="resolve", completed=at(50))
    with some.reading() as session:
        assert queries.show(session, "INC-1003").ticket.due_at == at(900)


def test_a_detail_has_the_whole_story(some: Database) -> None:
    with some.reading() as session:
        shown = queries.show(session, "inc-1001")
        same = queries.show_by_id(session, shown.ticket.id)
    assert shown == same
    assert [entry.kind for entry in shown.timeline] == ["opened", "resolved"]
    assert [kept.phase for kept in shown.evidence] == ["opening", "resolution"]
    assert shown.policy.after == 3
    assert shown.held_by is None


def test_a_detail_says_who_is_at_work(some: Database) -> None:
    with some.reading() as session:
        assert queries.show(session, "INC-1002", at(50)).held_by == "ana acknowledged it"
        assert queries.is_person_at_work_on(session, ticket(some, "INC-1002").id, at(50))


def test_a_ticket_found_by_its_number_is_as_lists_have_it(some: Database) -> None:
    with some.reading() as session:
        listed = {one.number: one for one in queries.list_tickets(session)}
        assert {queries.find(session, number.lower()) for number in listed} == set(listed.values())
        with pytest.raises(TicketNotFound, match="INC-9999"):
            queries.find(session, "INC-9999")


def test_a_number_that_is_not_there_is_not_found(database: Database) -> None:
    with database.reading() as session, pytest.raises(TicketNotFound):
        queries.show(session, "INC-1")


def test_open_incidents_can_be_those_about_one_monitor(some: Database) -> None:
    with some.reading() as session:
        every = queries.open_incidents(session, at(50))
        for monitor in {incident.monitor for incident in every} | {"unheard-of"}:
            assert queries.open_incidents(session, at(50), monitor) == tuple(i for i in every if i.monitor == monitor)


def test_open_incidents_are_those_the_machine_has_a_say_in(some: Database) -> None:
    with some.reading() as session:
        found = queries.open_incidents(session, at(50))
    assert [(one.monitor, one.is_person_at_work) for one in found] == [
        ("checkout", True),
        ("disk", False),
        ("queue", False),
    ]


def test_of_known_open_incidents_only_the_changed_ones_are_read_again(some: Database) -> None:
    with some.reading() as session:
        known = queries.open_incidents(session)
    with some.writing() as session:
        people.acknowledge(session, "INC-1003", who="bo", now=at(50))
        people.resolve(session, "INC-1004", Resolution(), who="bo", now=at(50))
    take(some, signal(seconds=60, monitor="mail"))
    with some.reading() as session:
        found = queries.open_incidents_again(session, known)
        assert found == queries.open_incidents(session)
    assert [(one.monitor, one in known) for one in found] == [("checkout", True), ("disk", False), ("mail", False)]
    assert found[0] is known[0]


def test_a_member_that_joins_or_recovers_makes_its_incident_new(some: Database) -> None:
    known: tuple[OpenIncident, ...] = ()
    for seconds, kind in ((50, SignalKind.PROBLEM), (60, SignalKind.RECOVERED)):
        take(some, signal(kind, seconds, monitor="child", parents=("disk",)))
        with some.reading() as session:
            known = queries.open_incidents_again(session, known)
            assert known == queries.open_incidents(session)


def test_what_was_told_about_a_monitor_can_be_read_with_the_decision(some: Database) -> None:
    take(some, replace(signal(seconds=50), monitor="shop-web"))
    with some.reading() as session:
        outcomes = [(one.outcome, one.ticket) for one in queries.decisions(session, "shop-web")]
    assert outcomes == [("reopened", "INC-1001"), ("opened", "INC-1001")]


MANY = 50_000
HOT_PATHS = {
    "the newest tickets": (Selection(), Page(limit=50)),
    "the open ones": (Selection(is_open=True), Page(limit=50)),
    "a service": (Selection(services=("service-7",)), Page(limit=50)),
    "a monitor": (Selection(monitors=("monitor-7",)), Page(limit=50)),
    "mine": (Selection(is_open=True, assignee="person-10"), Page(limit=50)),
    "resolved by machine": (Selection(resolved_by_kind=ActorKind.MACHINE), Page(limit=50)),
    "a condition's history": (Selection(fingerprint="monitor/monitor-7"), Page(limit=50)),
}


@pytest.fixture(scope="module")
def many(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Fifty thousand tickets, two hundred of them open, in SQLite with its statistics gathered."""
    path = tmp_path_factory.mktemp("many") / "many.db"
    path.write_bytes(sqlite_template.read_bytes())
    with Database(f"sqlite:///{path}") as database:
        with database.writing() as session:
            session.execute(insert(Ticket), [row(index) for index in range(MANY)])
        with database.writing() as session:
            session.execute(text("ANALYZE"))
        yield database


def row(index: int) -> dict[str, Any]:
    is_open = index % 250 == 0
    return {
        "id": f"{index:036}",
        "number": f"INC-{index}",
        "kind": "incident",
        "state": "new" if is_open else "resolved",
        "fingerprint": f"monitor/monitor-{index % 2000}" if not is_open else f"monitor/open-{index}",
        "monitor": f"monitor-{index % 2000}",
        "service": f"service-{index % 100}",
        "title": f"monitor-{index % 2000} fails",
        "assignee": f"person-{index % 20}" if index % 3 else None,
        "resolved_by_kind": None if is_open else ("machine" if index % 2 else "person"),
        "resolved_at": None if is_open else START + timedelta(minutes=index + 5),
        "opened_at": START + timedelta(minutes=index),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", HOT_PATHS)
def test_a_list_is_read_through_an_index(many: Database, name: str) -> None:
    selection, page = HOT_PATHS[name]
    plans: list[str] = []
    with many.reading() as session:
        session.execute(text("SELECT 1"))
        session.connection().connection.driver_connection.set_trace_callback(plans.append)  # type: ignore[union-attr]
        found = queries.list_tickets(session, selection, page)
        session.connection().connection.driver_connection.set_trace_callback(None)  # type: ignore[union-attr]
        steps = [step[3] for step in session.execute(text(f"EXPLAIN QUERY PLAN {plans[-1]}"))]
    assert len(found) > 0
    assert "INDEX" in next(step for step in steps if " ticket" in f"{step} " and "service_level" not in step)


def promise(database: Database, number: str, **given: Any) -> None:
    found = ticket(database, number)
    with database.writing() as session:
        session.add(
            ServiceLevelClock(
                ticket_id=found.id,
                kind=given.get("kind", "resolve"),
                promised=timedelta(hours=1),
                calendar=ALWAYS.to_text(),
                state="kept" if given.get("completed") else "running",
                started_at=found.opened_at,
                elapsed=timedelta(0),
                due_at=given["due"],
                completed_at=given.get("completed"),
                timeline_length=1,
                measured_at=at(50),
            )
        )
