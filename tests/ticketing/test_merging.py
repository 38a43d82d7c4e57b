"""Two tickets about one matter become one, and nothing that fails is lost on the way."""

import pytest

from tests.ticketing.stage import at, desk, evidence, kinds, review, signal, take, ticket
from ticketing import lookup, merging, people, queries
from ticketing.decision import Outcome
from ticketing.errors import MoveRefused, TicketNotFound
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import SignalKind


@pytest.fixture(autouse=True)
def two(database: Database) -> None:
    """INC-1001 about shop-web, INC-1002 about shop-db."""
    take(database, signal())
    take(database, signal(seconds=1, monitor="shop-db"))


def merge(database: Database, number: str = "INC-1002", into: str = "INC-1001", seconds: float = 5) -> None:
    with database.writing() as session:
        merging.merge(session, number, into, who="ana", now=at(seconds))


def test_the_duplicate_ends_and_says_of_what_it_is_one(database: Database) -> None:
    merge(database)
    found = ticket(database, "INC-1002")
    assert (found.state, found.resolution_code, found.resolved_by) == ("resolved", "duplicate", "ana")
    assert found.resolution_note == "the same matter as INC-1001"


def test_what_the_duplicate_was_about_belongs_to_the_kept_ticket(database: Database) -> None:
    merge(database)
    with database.reading() as session:
        shown = queries.show(session, "INC-1001")
        assert [(one.monitor, one.role, one.ended_as) for one in shown.members] == [
            ("shop-web", "primary", None),
            ("shop-db", "member", None),
        ]
        assert [one.ended_as for one in queries.show(session, "INC-1002").members] == ["merged"]
        assert kinds(session, ticket(database))[-1] == "merged"
        assert shown.ticket.occurrences == 2


def test_members_of_the_duplicate_move_along(database: Database) -> None:
    take(database, signal(seconds=2, monitor="leaf", parents=("shop-db",)))
    merge(database)
    with database.reading() as session:
        members = queries.show(session, "INC-1001").members
        assert {one.monitor for one in members if one.ended_as is None} == {"shop-web", "shop-db", "leaf"}


def test_the_kept_ticket_waits_for_what_was_merged_into_it(database: Database) -> None:
    merge(database)
    take(database, signal(SignalKind.RECOVERED, seconds=10))
    well, ill = evidence(10, 14), evidence(1, 14, Health.CRITICAL, monitor="shop-db")
    at_desk = desk(look={one.monitor: one for one in (well, ill)}.get)
    assert review(database, "INC-1001", well, at_desk=at_desk).outcome is Outcome.RECOVERING
    assert ticket(database).state != "resolved"


def test_what_was_merged_and_fails_worse_opens_no_ticket_of_its_own(database: Database) -> None:
    merge(database)
    decision = take(database, signal(seconds=9, monitor="shop-db", health=Health.WARNING))
    assert (decision.outcome, decision.ticket_number) == (Outcome.ATTACHED, "INC-1001")
    assert ticket(database, "INC-1002").state == "resolved"


def test_what_was_merged_recovers_there(database: Database) -> None:
    merge(database)
    take(database, signal(SignalKind.RECOVERED, seconds=9, monitor="shop-db"))
    with database.reading() as session:
        shown = queries.show(session, "INC-1001").members
        assert [one.ended_as for one in shown if one.monitor == "shop-db"] == ["recovered"]


def test_a_merged_condition_that_fails_after_the_kept_ticket_is_over_has_a_ticket_again(database: Database) -> None:
    merge(database)
    with database.writing() as session:
        people.resolve(session, "INC-1001", people.Resolution(), who="ana", now=at(20))
    decision = take(database, signal(seconds=30, monitor="shop-db"))
    assert decision.ticket_number == "INC-1002"
    assert ticket(database, "INC-1002").state == "new"


@pytest.mark.parametrize(
    ("number", "into", "why"),
    [
        ("INC-1001", "INC-1001", "cannot be merged into itself"),
        ("INC-1003", "INC-1001", "only open tickets are merged"),
        ("INC-1001", "INC-1003", "only open tickets are merged"),
        ("INC-1004", "INC-1001", "nothing can be seen"),
    ],
)
def test_what_cannot_be_merged_is_refused_and_stays_as_it_was(
    database: Database, number: str, into: str, why: str
) -> None:
    take(database, signal(seconds=2, monitor="old"))
    take(database, signal(SignalKind.BLIND, seconds=3, monitor="dark"))
    with database.writing() as session:
        people.resolve(session, "INC-1003", people.Resolution(), who="ana", now=at(4))
    before = ticket(database, number).state
    with pytest.raises(MoveRefused, match=why):
        merge(database, number, into)
    assert ticket(database, number).state == before


def test_a_wrong_number_is_said(database: Database) -> None:
    with pytest.raises(TicketNotFound, match="INC-9999"):
        merge(database, into="INC-9999")


def test_a_ticket_in_a_persons_hands_is_merged_too(database: Database) -> None:
    with database.writing() as session:
        people.work(session, "INC-1002", who="jan", now=at(3))
    merge(database)
    with database.reading() as session:
        assert lookup.by_number(session, "INC-1002").resolution_code == "duplicate"


def members(database: Database, number: str = "INC-1001") -> list[tuple[str, str | None]]:
    with database.reading() as session:
        return [(one.monitor, one.ended_as) for one in queries.show(session, number).members]


@pytest.mark.parametrize("kind", [SignalKind.PROBLEM, SignalKind.FLAPPING])
def test_what_was_merged_recovers_and_fails_again_stays_with_the_kept_ticket(
    database: Database, kind: SignalKind
) -> None:
    merge(database)
    take(database, signal(SignalKind.RECOVERED, seconds=9, monitor="shop-db"))
    assert members(database) == [("shop-web", None), ("shop-db", "recovered")]
    decision = take(database, signal(kind, seconds=20, monitor="shop-db"))
    assert (decision.outcome, decision.ticket_number) == (Outcome.ATTACHED, "INC-1001")
    assert members(database) == [("shop-web", None), ("shop-db", None)]
    assert ticket(database, "INC-1002").state == "resolved"
    with database.reading() as session:
        assert kinds(session, ticket(database))[-1] == "member_attached"


def test_what_was_merged_and_flaps_is_decided_for_the_kept_ticket(database: Database) -> None:
    merge(database)
    decision = take(database, signal(SignalKind.FLAPPING, seconds=9, monitor="shop-db"))
    assert (decision.outcome, decision.ticket_number) == (Outcome.ATTACHED, "INC-1001")


def test_what_recovered_in_an_incident_before_it_was_merged_into_another_does_not_go_back_there(
    database: Database,
) -> None:
    take(database, signal(seconds=2, monitor="leaf", parents=("shop-db",)))
    take(database, signal(SignalKind.RECOVERED, seconds=3, monitor="leaf"))
    take(database, signal(seconds=4, monitor="leaf"))  # INC-1003
    merge(database, "INC-1003")
    take(database, signal(SignalKind.RECOVERED, seconds=6, monitor="leaf"))
    assert take(database, signal(seconds=7, monitor="leaf")).ticket_number == "INC-1001"
    with database.writing() as session:
        people.resolve(session, "INC-1001", people.Resolution(), who="ana", now=at(20))
    assert take(database, signal(seconds=30, monitor="leaf")).ticket_number == "INC-1003"
