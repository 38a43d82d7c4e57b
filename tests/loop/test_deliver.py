"""Delivering: from a ticket's change to a desk that really has it, through failures and crashes."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest

from loop.deliver import Deliver, Post, send, send_waiting, spread
from loop.library import Library
from tests.clock import FrozenClock
from tests.loop import definitions
from tests.loop.foreign_desk import ForeignDesk, Killed, RestConnector, open_desk
from tests.ticketing.stage import at, signal, take
from ticketing import delivery, lookup, outbox, people
from ticketing.connectors.connector import Connector
from watchdesk.database import Database


@pytest.fixture
def foreign() -> Iterator[ForeignDesk]:
    with open_desk() as desk:
        yield desk


@pytest.fixture
def library(database: Database, clock: FrozenClock, tmp_path: Path) -> Library:
    return Library(definitions.write(tmp_path), database, clock)


def post(database: Database, clock: FrozenClock, library: Library, connector: Connector, worker: str = "a") -> Post:
    return Post(
        database=database,
        clock=clock,
        library=library,
        connectors={"rest": connector},
        worker=worker,
        random=lambda: 0.0,
    )


def opened(database: Database) -> str:
    number = take(database, signal()).ticket_number
    assert number is not None
    return number


def test_a_ticket_s_changes_reach_the_other_desk_in_order(
    database: Database, clock: FrozenClock, library: Library, foreign: ForeignDesk
) -> None:
    sender = post(database, clock, library, RestConnector(foreign.url))
    number = opened(database)
    with database.writing() as session:
        people.acknowledge(session, number, who="ada", now=at(5))
    clock.set(at(10))
    assert (spread(sender), send_waiting(sender, "rest")) == (2, 2)
    assert [ticket["told"] for ticket in foreign.tickets] == [["open", "acknowledge"]]


def test_a_desk_that_is_down_gets_everything_later_and_once(
    database: Database, clock: FrozenClock, library: Library, foreign: ForeignDesk
) -> None:
    sender = post(database, clock, library, RestConnector(foreign.url))
    opened(database)
    spread(sender)
    foreign.statuses = [500, 503]
    delivered = []
    for _ in range(3):
        delivered.append(send_waiting(sender, "rest"))
        clock.advance(timedelta(minutes=1))
    assert delivered == [0, 0, 1]
    assert len(foreign.tickets) == 1


def test_a_ticket_created_by_a_sender_that_then_died_is_adopted_and_not_made_again(
    database: Database, clock: FrozenClock, library: Library, foreign: ForeignDesk
) -> None:
    dying = post(database, clock, library, RestConnector(foreign.url, dies_after=0), "dying")
    opened(database)
    spread(dying)
    with pytest.raises(Killed):
        send_waiting(dying, "rest")
    relief = post(database, clock, library, RestConnector(foreign.url), "relief")
    assert send_waiting(relief, "rest") == 0  # the dead one's lease still holds
    clock.advance(timedelta(minutes=2))
    assert send_waiting(relief, "rest") == 1
    assert len(foreign.tickets) == 1
    with database.reading() as session:
        assert outbox.counts(session) == {("rest", "sent"): 1}


def test_a_yes_of_the_other_desk_is_not_believed_until_it_is_read_back(
    database: Database, clock: FrozenClock, library: Library, foreign: ForeignDesk
) -> None:
    sender = post(database, clock, library, RestConnector(foreign.url))
    opened(database)
    spread(sender)
    foreign.loses_notes = True
    assert send_waiting(sender, "rest") == 0
    foreign.loses_notes = False
    clock.advance(timedelta(minutes=1))
    assert send_waiting(sender, "rest") == 1
    assert [ticket["told"] for ticket in foreign.tickets] == [["open"]]


def test_a_refusal_is_given_up_visibly(
    database: Database, clock: FrozenClock, library: Library, foreign: ForeignDesk
) -> None:
    sender = post(database, clock, library, RestConnector(foreign.url))
    opened(database)
    spread(sender)
    foreign.statuses = [422]
    send_waiting(sender, "rest")
    with database.reading() as session:
        (dead,) = outbox.dead_letters(session)
    assert dead.error == "answered 422"


def test_a_connector_that_breaks_is_recorded_and_tried_again(
    database: Database, clock: FrozenClock, library: Library
) -> None:
    class Broken(RestConnector):
        def find(self, thread: str) -> str | None:
            message = f"no sense in {thread[:0]}this"
            raise KeyError(message)

    sender = post(database, clock, library, Broken("http://127.0.0.1:1"))
    opened(database)
    spread(sender)
    assert send_waiting(sender, "rest") == 0
    with database.reading() as session:
        (waits,) = outbox.waiting(session)
    assert waits.error == "KeyError: 'no sense in this'"


def test_after_three_failures_in_a_row_a_connector_rests_until_its_next_turn(
    database: Database, clock: FrozenClock, library: Library, foreign: ForeignDesk
) -> None:
    sender = post(database, clock, library, RestConnector(foreign.url))
    for monitor in ("m1", "m2", "m3", "m4", "m5"):
        take(database, signal(monitor=monitor, fingerprint=f"monitor/{monitor}"))
    spread(sender)
    foreign.statuses = [500] * 3
    assert send_waiting(sender, "rest") == 0
    with database.reading() as session:
        assert sum(waits.attempts for waits in outbox.waiting(session)) == 3


def test_the_role_sends_what_waits_and_closes_when_it_has_arrived(
    database: Database, clock: FrozenClock, library: Library, foreign: ForeignDesk
) -> None:
    opened(database)
    role = Deliver(post(database, clock, library, RestConnector(foreign.url)))
    role.turn()
    while not foreign.tickets:
        sleep(0.01)
    role.close()
    with database.reading() as session:
        assert outbox.counts(session) == {("rest", "sent"): 1}
    assert [ticket["told"] for ticket in foreign.tickets] == [["open"]]


def test_a_sender_taken_over_while_it_sent_leaves_the_record_to_the_other(
    database: Database, clock: FrozenClock, library: Library, foreign: ForeignDesk
) -> None:
    slow = post(database, clock, library, RestConnector(foreign.url), "slow")
    opened(database)
    spread(slow)
    with database.writing() as session:
        claimed = delivery.claim(session, "rest", "slow", clock.now(), timedelta(seconds=1))
    assert claimed is not None
    clock.advance(timedelta(seconds=2))
    with database.writing() as session:
        other = delivery.claim(session, "rest", "quick", clock.now(), timedelta(minutes=1))
    assert other is not None
    assert not send(slow, claimed)
    quick = post(database, clock, library, RestConnector(foreign.url), "quick")
    assert send(quick, other)
    assert len(foreign.tickets) == 1


def test_what_is_told_carries_the_title_and_not_the_state(
    database: Database, clock: FrozenClock, library: Library, foreign: ForeignDesk
) -> None:
    sender = post(database, clock, library, RestConnector(foreign.url))
    number = opened(database)
    spread(sender)
    send_waiting(sender, "rest")
    with database.reading() as session:
        ticket_id = lookup.by_number(session, number).id
        claimed = outbox.deliveries_of(session, ticket_id)[0]
    assert (claimed.state, claimed.op) == ("sent", "open")
    assert foreign.tickets[0]["key"] == ticket_id
