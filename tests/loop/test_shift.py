"""A shift goes on duty alone, hands over to a waiting relief only, and writes nothing once it was relieved."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loop.roles import MOST_FAILURES, Role
from loop.shift import Guard, Shift, Terms
from watchdesk import interruptions, leases, shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.ids import new_id
from watchdesk.leases import LeaseLost
from watchdesk.processes import this_process
from watchdesk.shifts import DUTY, RELIEF, Arrival, Beat
from watchdesk.tables import RoleBeatRow, ShiftRow

LONG = Terms(length=timedelta(hours=1), lease=timedelta(seconds=5))
SHORT = Terms(length=timedelta(milliseconds=10), lease=timedelta(seconds=5))


@dataclass
class Scribe:
    """A role that writes under the guard of its shift."""

    database: Database
    guard: Guard
    written: int = 0
    closed: bool = False
    error: Exception | None = None

    def turn(self) -> float:
        if self.error is not None:
            raise self.error
        with self.database.writing() as session:
            self.guard(session)
            self.written += 1
        return 0.02

    def close(self) -> None:
        self.closed = True


@dataclass
class Worker:
    """A shift in a thread, and the scribes that its crew was made of."""

    shift: Shift
    scribes: list[Scribe]
    thread: threading.Thread = field(init=False)
    reason: str = ""

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        self.reason = self.shift.run()

    @property
    def is_writing(self) -> bool:
        return bool(self.scribes) and self.scribes[0].written > 1


Send = Callable[..., Worker]


@pytest.fixture
def send(database: Database) -> Iterator[Send]:
    """Sends a worker to take a shift; all are ended afterwards."""
    sent: list[Worker] = []

    def send_one(terms: Terms = LONG, late: timedelta | None = None) -> Worker:
        clock, scribes = SystemClock(), list[Scribe]()

        def crew(guard: Guard) -> Mapping[str, Role]:
            scribes.append(Scribe(database, guard))
            return {"watch": scribes[0]}

        scheduled_at = None if late is None else clock.now() - late
        arrival = Arrival(id=new_id(clock.now()), process=this_process(), scheduled_at=scheduled_at)
        sent.append(Worker(Shift(database, clock, crew, arrival, terms), scribes))
        return sent[-1]

    yield send_one
    for worker in sent:
        worker.shift.stop("the test is over")
    for worker in sent:
        worker.thread.join()


def until(true: Callable[[], object]) -> None:
    while not true():
        time.sleep(0.01)


def holder_of(database: Database, name: str) -> str | None:
    with database.reading() as session:
        lease = leases.current(session, name)
    return None if lease is None or lease.is_abandoned else lease.holder


def test_of_two_shifts_one_works_and_the_other_stands_ready(database: Database, send: Send) -> None:
    first = send()
    until(lambda: first.is_writing)
    second = send()
    until(lambda: holder_of(database, RELIEF))
    assert not second.scribes
    until(lambda: first.shift.wanted_relief is None)


def test_a_third_shift_leaves_at_once(database: Database, send: Send) -> None:
    first = send()
    until(lambda: first.is_writing)
    send()
    until(lambda: holder_of(database, RELIEF))
    third = send()
    third.thread.join()
    assert third.reason == "another relief stands ready"


def test_a_shift_does_not_end_before_a_relief_stands_ready(send: Send) -> None:
    first = send(SHORT)
    until(lambda: first.is_writing)
    already = first.scribes[0].written
    until(lambda: first.scribes[0].written > already + 20)
    assert first.shift.wanted_relief is not None
    second = send()
    first.thread.join()
    assert first.reason == "handed over to its relief"
    assert first.scribes[0].closed
    until(lambda: second.is_writing)


def test_a_stale_shift_leaves_when_the_watch_is_covered(send: Send) -> None:
    first = send()
    until(lambda: first.is_writing)
    late = send(late=timedelta(minutes=5))
    late.thread.join()
    assert late.reason == "it came too late and the watch is covered"


def test_a_stale_shift_watches_when_nobody_else_does(send: Send) -> None:
    late = send(late=timedelta(minutes=5))
    until(lambda: late.is_writing)


def test_a_relieved_shift_ends_and_writes_nothing_more(database: Database, send: Send) -> None:
    first = send()
    until(lambda: first.is_writing)
    rival = leases.Holder(id="rival", process=this_process())
    with database.writing() as session:
        duty = leases.current(session, DUTY)
        assert duty is not None
        assert leases.acquire(session, DUTY, rival, duty.until + timedelta(seconds=1), timedelta(hours=1))
    first.thread.join()
    assert first.reason == "somebody else is on duty"
    with pytest.raises(LeaseLost), database.writing() as session:
        first.scribes[0].guard(session)


def test_a_role_that_keeps_failing_ends_the_shift_once_a_relief_stands_ready(
    send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loop.roles.FIRST_WAIT_S", 0.001)
    monkeypatch.setattr("loop.roles.LONGEST_WAIT_S", 0.001)
    first = send()
    until(lambda: first.is_writing)
    first.scribes[0].error = ValueError("broken")
    second = send()
    first.thread.join()
    assert first.reason == "the role 'watch' failed again and again"
    assert MOST_FAILURES > 1
    until(lambda: second.is_writing)


def test_a_database_that_was_away_does_not_end_the_shift(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loop.roles.FIRST_WAIT_S", 0.001)
    monkeypatch.setattr("loop.roles.LONGEST_WAIT_S", 0.001)
    first = send()
    until(lambda: first.is_writing)
    first.scribes[0].error = DatabaseUnavailable("away")
    send()
    time.sleep(0.3)
    first.scribes[0].error = None
    written = first.scribes[0].written
    until(lambda: first.scribes[0].written > written)


def test_the_record_tells_who_came_how_late_and_why_it_ended(database: Database, send: Send) -> None:
    worker = send(late=timedelta(seconds=7))
    until(lambda: worker.is_writing)
    worker.shift.stop("stopped")
    worker.thread.join()
    with database.reading() as session:
        row = session.scalars(select(ShiftRow)).one()
        beat = session.scalars(select(RoleBeatRow)).one()
        assert shifts.on_duty(session, SystemClock().now()) is None
    assert row.lateness is not None
    assert row.lateness >= timedelta(seconds=7)
    assert row.reason == "stopped"
    assert row.on_duty_at is not None
    assert row.ended_at is not None
    assert (beat.role, beat.shift) == ("watch", row.id)
    assert beat.turns == row.counts["watch"] > 0


def test_a_hand_over_is_no_interruption_although_the_successor_waits_for_the_lease(
    database: Database, send: Send
) -> None:
    first = send(SHORT)
    until(lambda: first.is_writing)
    second = send()
    first.thread.join()
    with database.reading() as session:
        assert interruptions.before_this_shift(session, None, SystemClock().now()) is None
    until(lambda: second.is_writing)


def test_a_shift_that_was_relieved_leaves_the_last_sign_of_life_to_its_successor(
    database: Database, send: Send
) -> None:
    first = send()
    until(lambda: first.is_writing)
    with database.writing() as session:
        duty = leases.current(session, DUTY)
        assert duty is not None
        rival = leases.Holder(id="rival", process=this_process())
        assert leases.acquire(session, DUTY, rival, duty.until + timedelta(seconds=1), timedelta(hours=1))
        shifts.beat(session, "rival", [Beat(role="watch", at=duty.until, turns=1, failures=0)], {})
    first.thread.join()
    with database.reading() as session:
        assert session.scalars(select(RoleBeatRow.shift)).all() == ["rival"]


def test_a_role_without_a_good_turn_leaves_the_last_one_on_record(database: Database) -> None:
    now = SystemClock().now()
    with database.writing() as session:
        shifts.beat(session, "first", [Beat(role="watch", at=now, turns=3, failures=0)], {})
        later = now + timedelta(seconds=9)
        shifts.beat(session, "second", [Beat(role="watch", at=later, turns=0, failures=2, last_error="broken")], {})
    with database.reading() as session:
        row = session.scalars(select(RoleBeatRow)).one()
    assert (row.shift, row.at, row.failures, row.last_error) == ("first", now, 2, "broken")


def test_the_status_names_the_shift_on_duty_and_its_relief(database: Database, send: Send) -> None:
    first = send()
    until(lambda: first.is_writing)
    send()
    until(lambda: holder_of(database, RELIEF))
    with database.reading() as session:
        found = shifts.on_duty(session, SystemClock().now())
    assert found is not None
    assert found.id == holder_of(database, DUTY)
    assert found.relief == holder_of(database, RELIEF)
    assert found.pid == this_process().pid


def test_a_shift_whose_process_died_gets_its_end_and_its_run_is_no_longer_living(database: Database) -> None:
    now = SystemClock().now()
    me = this_process()
    dead = replace(me, started=me.started - 1000)

    def arrive(session: Session) -> None:
        shifts.arrived(session, Arrival(id="dead", process=dead, flow_run="run-1"), now)
        shifts.arrived(session, Arrival(id="alive", process=me, flow_run="run-2"), now)

    with database.writing() as session:
        arrive(session)
        session.flush()
        assert shifts.living_flow_runs(session) == {"run-2"}
        assert shifts.bury_the_dead(session, now) == 1
    with database.reading() as session:
        reasons = {row.id: row.reason for row in session.scalars(select(ShiftRow)) if row.ended_at is not None}
    assert reasons == {"dead": "its process died"}
