"""The outbox and its delivery: order, one sender at a time, retries, and what is given up."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import FrozenClock
from ticketing import delivery, outbox
from ticketing.connectors.connector import DeliveryFailed, Receipt
from ticketing.delivery import Claim, LeaseLost, backoff
from ticketing.outbox import DeliveryState, Operation
from watchdesk.database import Database
from watchdesk.errors import NotFound, Refused

LEASE = timedelta(seconds=60)
LATER = DeliveryFailed("answered 503", retry_may_help=True)
NEVER = DeliveryFailed("answered 422", retry_may_help=False)


def enqueue(database: Database, clock: FrozenClock, *told: tuple[str, Operation]) -> None:
    """Put news into the outbox, one transaction each, and spread it to email and webhook."""
    for ticket, op in told:
        with database.writing() as session:
            outbox.enqueue(session, ticket, op, clock.now())
    with database.writing() as session:
        outbox.spread(session, ["email", "webhook"], clock.now())


def claim(database: Database, clock: FrozenClock, worker: str = "a", connector: str = "email") -> Claim | None:
    with database.writing() as session:
        return delivery.claim(session, connector, worker, clock.now(), LEASE)


def claimed(database: Database, clock: FrozenClock, worker: str = "a") -> Claim:
    found = claim(database, clock, worker)
    assert found is not None
    return found


def sent(database: Database, clock: FrozenClock, found: Claim, receipt: Receipt | None = None) -> None:
    with database.writing() as session:
        delivery.sent(session, found, receipt or Receipt(), clock.now())


def failed(database: Database, clock: FrozenClock, found: Claim, failure: DeliveryFailed) -> DeliveryState:
    with database.writing() as session:
        return delivery.failed(session, found, failure, clock.now(), lambda: 0.0)


def test_what_is_rolled_back_is_never_told(database: Database, clock: FrozenClock) -> None:
    with database.writing() as session:
        outbox.enqueue(session, "t1", Operation.OPEN, clock.now())
        session.flush()
        session.rollback()
    with database.writing() as session:
        assert outbox.spread(session, ["email"], clock.now()) == 0


def test_an_operation_nobody_knows_is_refused(sqlite: Database, clock: FrozenClock) -> None:
    with sqlite.writing() as session, pytest.raises(ValueError, match="opened"):
        outbox.enqueue(session, "t1", "opened", clock.now())


def test_every_connector_gets_every_message_once(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN), ("t2", Operation.OPEN))
    enqueue(database, clock)
    with database.reading() as session:
        assert outbox.counts(session) == {("email", "pending"): 2, ("webhook", "pending"): 2}


def test_a_connector_that_is_added_later_is_not_told_of_the_past(database: Database, clock: FrozenClock) -> None:
    with database.writing() as session:
        outbox.enqueue(session, "t1", Operation.OPEN, clock.now())
    with database.writing() as session:
        assert outbox.spread(session, [], clock.now()) == 1
        assert outbox.spread(session, ["email"], clock.now()) == 0
        assert outbox.waiting(session) == ()


def test_the_news_of_a_ticket_go_out_strictly_in_order(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN), ("t1", Operation.UPDATE), ("t1", Operation.RESOLVE))
    order = []
    while (found := claim(database, clock)) is not None:
        assert claim(database, clock, "b") is None  # the next waits until this one is told
        order.append(found.op)
        sent(database, clock, found)
    assert order == [Operation.OPEN, Operation.UPDATE, Operation.RESOLVE]


def test_a_ticket_that_waits_for_a_retry_does_not_hold_up_another(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN), ("t1", Operation.RESOLVE), ("t2", Operation.OPEN))
    assert failed(database, clock, claimed(database, clock), LATER) is DeliveryState.PENDING
    other = claimed(database, clock)
    assert other.ticket_id == "t2"
    sent(database, clock, other)
    assert claim(database, clock) is None
    clock.advance(timedelta(minutes=1))
    again = claimed(database, clock)
    assert (again.ticket_id, again.op, again.attempts) == ("t1", Operation.OPEN, 2)


def test_the_connectors_do_not_wait_for_one_another(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN))
    assert claim(database, clock, "a", "email") is not None
    assert claim(database, clock, "a", "webhook") is not None


def test_nobody_else_may_send_what_is_leased_until_the_lease_lapses(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN))
    assert claim(database, clock, "a") is not None
    clock.advance(LEASE - timedelta(seconds=1))
    assert claim(database, clock, "b") is None
    clock.advance(timedelta(seconds=1))
    assert claim(database, clock, "b") is not None


def test_a_sender_whose_lease_was_taken_over_records_nothing_more(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN))
    slow = claimed(database, clock, "a")
    clock.advance(LEASE)
    quick = claimed(database, clock, "b")
    with pytest.raises(LeaseLost):
        sent(database, clock, slow)
    with pytest.raises(LeaseLost):
        failed(database, clock, slow, NEVER)
    sent(database, clock, quick)
    with database.reading() as session:
        assert outbox.counts(session)["email", "sent"] == 1
        assert outbox.dead_letters(session) == ()


def test_the_same_worker_cannot_record_for_an_attempt_it_gave_up(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN))
    first = claimed(database, clock, "a")
    clock.advance(LEASE)
    claimed(database, clock, "a")
    with pytest.raises(LeaseLost):
        sent(database, clock, first)


def test_every_attempt_is_handed_the_payload_of_the_first(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN))
    first = claimed(database, clock)
    assert first.payload is None
    with database.writing() as session:
        delivery.fix(session, first, {"subject": "as it was"})
    failed(database, clock, first, LATER)
    clock.advance(timedelta(minutes=1))
    assert claimed(database, clock).payload == {"subject": "as it was"}


def test_what_never_will_arrive_is_given_up_visibly_and_the_next_goes_on(
    database: Database, clock: FrozenClock
) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN), ("t1", Operation.RESOLVE))
    assert failed(database, clock, claimed(database, clock), NEVER) is DeliveryState.DEAD
    with database.reading() as session:
        (dead,) = outbox.dead_letters(session)
    assert (dead.op, dead.error, dead.finished_at) == ("open", "answered 422", clock.now())
    assert claimed(database, clock).op is Operation.RESOLVE


def test_after_three_days_of_trying_it_is_given_up(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN))
    attempts = 0
    while (found := claim(database, clock)) is not None:
        attempts += 1
        if failed(database, clock, found, LATER) is DeliveryState.DEAD:
            break
        clock.advance(timedelta(hours=6))
    assert attempts == 13  # at 0, 6, 12 … 72 hours
    assert claim(database, clock) is None


def test_the_wait_that_the_other_side_asks_for_is_kept(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN))
    asks = DeliveryFailed("answered 429", retry_may_help=True, retry_after=timedelta(minutes=20))
    failed(database, clock, claimed(database, clock), asks)
    clock.advance(timedelta(minutes=19))
    assert claim(database, clock) is None
    clock.advance(timedelta(minutes=1))
    assert claim(database, clock) is not None


def test_what_was_given_up_may_be_tried_again_by_a_person(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN))
    found = claimed(database, clock)
    failed(database, clock, found, NEVER)
    clock.advance(timedelta(days=30))
    with database.writing() as session:
        outbox.try_again(session, found.key, clock.now())
    again = claimed(database, clock)
    assert failed(database, clock, again, LATER) is DeliveryState.PENDING  # its three days begin anew


def test_only_what_was_given_up_can_be_tried_again(sqlite: Database, clock: FrozenClock) -> None:
    enqueue(sqlite, clock, ("t1", Operation.OPEN))
    found = claimed(sqlite, clock)
    with sqlite.writing() as session:
        with pytest.raises(Refused, match="not given up"):
            outbox.try_again(session, found.key, clock.now())
        with pytest.raises(NotFound, match="no delivery 'x'"):
            outbox.try_again(session, "x", clock.now())


def test_what_the_other_side_calls_a_ticket_is_known_to_the_next_message(
    database: Database, clock: FrozenClock
) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN), ("t1", Operation.RESOLVE))
    first = claimed(database, clock)
    assert first.remote_id is None
    sent(database, clock, first, Receipt(remote_id="R-7"))
    second = claimed(database, clock)
    assert second.remote_id == "R-7"
    sent(database, clock, second, Receipt(remote_id="R-8"))  # the first name stays
    with database.reading() as session:
        assert delivery.remote_id_of(session, "email", "t1") == "R-7"


def test_two_tickets_cannot_have_one_name_on_the_other_side(database: Database, clock: FrozenClock) -> None:
    enqueue(database, clock, ("t1", Operation.OPEN), ("t2", Operation.OPEN))
    for _ in range(2):
        sent(database, clock, claimed(database, clock), Receipt(remote_id="always the same"))
    with database.reading() as session:
        names = [delivery.remote_id_of(session, "email", ticket) for ticket in ("t1", "t2")]
    assert names == ["always the same", None]


def test_many_senders_send_everything_once_and_each_ticket_in_order(database: Database, clock: FrozenClock) -> None:
    tickets = [f"t{number}" for number in range(6)]
    operations = (Operation.OPEN, Operation.UPDATE, Operation.RESOLVE)
    enqueue(database, clock, *((ticket, op) for op in operations for ticket in tickets))
    told: list[tuple[str, Operation]] = []

    def work(worker: str) -> None:
        idle = 0
        while idle < 30:
            found = claim(database, clock, worker)
            if found is None:
                idle += 1
                continue
            told.append((found.ticket_id, found.op))
            sent(database, clock, found)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, "abcd"))
    assert set(Counter(told).values()) == {1}
    for ticket in tickets:
        assert [op for name, op in told if name == ticket] == list(operations)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_the_wait_doubles_within_bounds_and_half_of_it_is_chance(attempts: int, chance: float) -> None:
    wait = backoff(attempts, lambda: chance)
    whole = min(timedelta(seconds=5) * 2.0 ** min(attempts - 1, 20), timedelta(minutes=15))
    assert whole / 2 <= wait <= whole
