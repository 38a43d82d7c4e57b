"""Many writers at once, on real threads and connections: nothing lost, nothing doubled, and people never lose."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from tests.ticketing.stage import at, desk, evidence, review, signal, take, ticket
from ticketing import inbox, incidents, people, queries, recovery, timeline
from ticketing.decision import Outcome
from ticketing.errors import MoveRefused
from ticketing.selection import Selection
from ticketing.tables import InboxEvent, OutboxMessage, Ticket, TimelineEntry
from watchdesk.database import Database
from watchdesk.signals import HealthSignal

WRITERS = 16
ROUNDS = 50

pytestmark = pytest.mark.slow


def at_once(writers: int, act: Callable[[int], object]) -> list[object]:
    """Let every writer act at the same moment; what they returned. Raises what any of them raised."""
    start = Barrier(writers)

    def run(writer: int) -> object:
        start.wait()
        return act(writer)

    with ThreadPoolExecutor(writers) as pool:
        return [future.result() for future in [pool.submit(run, writer) for writer in range(writers)]]


def tell(database: Database, told: HealthSignal) -> Outcome:
    with database.writing() as session:
        inbox.accept(session, told, told.observed_at)
        return incidents.take(session, told, desk(), told.observed_at).outcome


def test_sixteen_writers_open_each_condition_once(database: Database) -> None:
    """16 writers × 50 rounds: 800 signals, 50 tickets of 16 occurrences, 800 rows of inbox and timeline."""
    told = [[signal(seconds=turn, monitor=f"m-{turn}") for turn in range(ROUNDS)] for _ in range(WRITERS)]
    start = Barrier(WRITERS)

    def write(writer: int) -> Counter[Outcome]:
        outcomes: Counter[Outcome] = Counter()
        for one in told[writer]:
            start.wait()
            outcomes[tell(database, one)] += 1
        return outcomes

    with ThreadPoolExecutor(WRITERS) as pool:
        outcomes = sum(pool.map(write, range(WRITERS)), Counter[Outcome]())
    assert outcomes == {Outcome.OPENED: ROUNDS, Outcome.COUNTED: ROUNDS * (WRITERS - 1)}
    with database.reading() as session:
        found = session.scalars(select(Ticket).order_by(Ticket.number)).all()
        assert [one.number for one in found] == [f"INC-{1001 + index}" for index in range(ROUNDS)]
        assert {one.occurrences for one in found} == {WRITERS}
        for table in (InboxEvent, TimelineEntry):
            assert session.scalar(select(func.count()).select_from(table)) == ROUNDS * WRITERS
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == ROUNDS
        assert all(timeline.verify(session, one.id) is None for one in found)
        assert all(timeline.differences(session, one.id) == () for one in found)


def test_one_event_told_by_sixteen_writers_is_decided_once(database: Database) -> None:
    told = [signal(seconds=turn, monitor=f"m-{turn}") for turn in range(10)]
    for one in told:
        outcomes = Counter(at_once(WRITERS, lambda _, one=one: tell(database, one)))  # type: ignore[misc]
        assert outcomes == {Outcome.OPENED: 1, Outcome.KNOWN: WRITERS - 1}


def test_acknowledging_against_resolving_has_exactly_one_winner(database: Database) -> None:
    winners: Counter[str] = Counter()
    for turn in range(40):
        number = str(take(database, signal(monitor=f"m-{turn}")).ticket_number)
        acts = (lambda n=number: acknowledge(database, n), lambda n=number, t=turn: resolve(database, n, t))
        acknowledged, resolved = at_once(2, lambda which, acts=acts: acts[which]())  # type: ignore[misc]
        assert (acknowledged, resolved) in {(True, Outcome.HELD), (False, Outcome.RESOLVED)}
        found = ticket(database, number)
        assert found.state == ("acknowledged" if acknowledged else "resolved")
        assert (found.acknowledged_at is not None, found.resolved_at is None) == (acknowledged, acknowledged)
        winners["person" if acknowledged else "machine"] += 1
    assert winners.total() == 40


def test_a_person_who_was_first_never_loses_to_sixteen_reviewers(database: Database) -> None:
    take(database, signal())
    with database.writing() as session:
        people.acknowledge(session, "INC-1001", who="ana", now=at(1))
    outcomes = at_once(WRITERS, lambda _: review(database, "INC-1001", evidence(5, 20)).outcome)
    assert set(outcomes) == {Outcome.HELD}
    found = ticket(database)
    assert found.state == "acknowledged"
    with database.reading() as session:
        kinds = [row.kind for row in timeline.entries(session, found.id)]
    assert kinds.count("recovered") == 1


def test_sixteen_reviewers_resolve_once(database: Database) -> None:
    take(database, signal())
    outcomes = Counter(at_once(WRITERS, lambda _: review(database, "INC-1001", evidence(5, 20)).outcome))
    assert outcomes == {Outcome.RESOLVED: 1, Outcome.ENDED: WRITERS - 1}
    with database.reading() as session:
        assert session.scalars(select(OutboxMessage.op).order_by(OutboxMessage.seq)).all() == ["open", "resolve"]


def test_racing_recurrences_reopen_once_and_count_the_rest(database: Database) -> None:
    """15 rounds × 12 writers: each round one reopening and eleven occurrences."""
    rounds, writers = 15, 12
    take(database, signal())
    for turn in range(rounds):
        start = 100 * (turn + 1)
        review(database, "INC-1001", evidence(start - 60, start - 1))
        assert ticket(database).state == "resolved"
        told = [signal(seconds=start) for _ in range(writers)]
        outcomes = Counter(at_once(writers, lambda writer, told=told: tell(database, told[writer])))  # type: ignore[misc]
        assert outcomes == {Outcome.REOPENED: 1, Outcome.COUNTED: writers - 1}
    found = ticket(database)
    assert (found.reopen_count, found.occurrences) == (rounds, 1 + rounds * writers)
    with database.reading() as session:
        assert queries.count_tickets(session, Selection(kinds=("incident",))) == 1
        assert queries.count_tickets(session, Selection(kinds=("problem",))) == 1
        assert timeline.verify(session, found.id) is None


def test_a_person_and_a_recurrence_reopen_one_ticket(database: Database) -> None:
    for turn in range(15):
        monitor = f"m-{turn}"
        number = str(take(database, signal(monitor=monitor)).ticket_number)
        review(database, number, evidence(5, 20, monitor=monitor))
        told = signal(seconds=30, monitor=monitor)
        acts = (lambda n=number: reopen(database, n), lambda one=told: tell(database, one))
        by_hand, by_signal = at_once(2, lambda which, acts=acts: acts[which]())  # type: ignore[misc]
        assert (by_hand, by_signal) in {(True, Outcome.COUNTED), (False, Outcome.REOPENED)}
        assert (ticket(database, number).state, ticket(database, number).reopen_count) == ("new", 1)


def test_members_attach_from_many_writers_without_loss(database: Database) -> None:
    take(database, signal())
    told = [signal(seconds=1, monitor=f"child-{writer}", parents=("shop-web",)) for writer in range(WRITERS)]
    assert set(at_once(WRITERS, lambda writer: tell(database, told[writer]))) == {Outcome.ATTACHED}
    with database.reading() as session:
        shown = queries.show(session, "INC-1001")
        assert len(shown.members) == 1 + WRITERS
        assert timeline.verify(session, shown.ticket.id) is None


def acknowledge(database: Database, number: str) -> bool:
    try:
        with database.writing() as session:
            people.acknowledge(session, number, who="ana", now=at(20))
    except MoveRefused:
        return False
    return True


def resolve(database: Database, number: str, turn: int) -> Outcome:
    shown = evidence(5, 20, monitor=f"m-{turn}")
    with database.reading() as session:
        ticket_id = queries.show(session, number).ticket.id
    with database.writing() as session:
        return recovery.review(session, ticket_id, shown, desk(), at(20)).outcome


def reopen(database: Database, number: str) -> bool:
    try:
        with database.writing() as session:
            people.reopen(session, number, "it is back", who="ana", now=at(30))
    except MoveRefused:
        return False
    return True
