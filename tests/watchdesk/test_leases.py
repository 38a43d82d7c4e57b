"""A lease has one holder, its fence only grows, and a dead holder keeps nobody waiting."""

import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta

import psutil
import pytest

from tests.clock import FrozenClock
from watchdesk import leases
from watchdesk.database import Database
from watchdesk.leases import Holder, Lease, LeaseLost
from watchdesk.processes import ProcessName, is_provably_dead, this_process

LIFETIME = timedelta(seconds=10)


def holder(name: str) -> Holder:
    return Holder(id=name, process=this_process())


def take(database: Database, clock: FrozenClock, who: Holder) -> Lease | None:
    with database.writing() as session:
        return leases.acquire(session, "shift", who, clock.now(), LIFETIME)


def test_a_held_lease_is_not_given_to_a_second(database: Database, clock: FrozenClock) -> None:
    assert take(database, clock, holder("first"))
    clock.advance(9.9)
    assert take(database, clock, holder("second")) is None


def test_a_lapsed_lease_goes_to_the_next_with_a_higher_fence(database: Database, clock: FrozenClock) -> None:
    first = take(database, clock, holder("first"))
    clock.advance(10)
    second = take(database, clock, holder("second"))
    assert first is not None
    assert second is not None
    assert second.fence == first.fence + 1


def test_a_renewed_lease_does_not_lapse(database: Database, clock: FrozenClock) -> None:
    first = take(database, clock, holder("first"))
    assert first is not None
    clock.advance(8)
    with database.writing() as session:
        renewed = leases.renew(session, first, clock.now(), LIFETIME)
    assert renewed is not None
    assert renewed.until == clock.now() + LIFETIME
    clock.advance(8)
    assert take(database, clock, holder("second")) is None


def test_a_released_lease_is_free_at_once(database: Database, clock: FrozenClock) -> None:
    first = take(database, clock, holder("first"))
    assert first is not None
    with database.writing() as session:
        assert leases.release(session, first, clock.now())
    assert take(database, clock, holder("second"))


def test_a_shift_that_lost_its_lease_can_neither_write_renew_nor_release(
    database: Database, clock: FrozenClock
) -> None:
    first = take(database, clock, holder("first"))
    assert first is not None
    clock.advance(10)
    assert take(database, clock, holder("second"))
    with pytest.raises(LeaseLost, match="fence 1"), database.writing() as session:
        leases.assert_held(session, first)
    with database.writing() as session:
        assert leases.renew(session, first, clock.now(), LIFETIME) is None
        assert not leases.release(session, first, clock.now())


def test_a_holder_may_write_while_nobody_took_its_lapsed_lease(database: Database, clock: FrozenClock) -> None:
    first = take(database, clock, holder("first"))
    assert first is not None
    clock.advance(60)
    with database.writing() as session:
        leases.assert_held(session, first)
        assert leases.renew(session, first, clock.now(), LIFETIME)


def test_a_lease_of_a_dead_process_of_this_host_is_void_at_once(database: Database, clock: FrozenClock) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    process = replace(this_process(), pid=child.pid, started=psutil.Process(child.pid).create_time())
    assert take(database, clock, Holder(id="doomed", process=process))
    assert take(database, clock, holder("second")) is None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, but not yet reaped: a zombie
    assert is_provably_dead(process)
    assert take(database, clock, holder("second"))
    child.communicate()
    assert is_provably_dead(process)


def test_nothing_is_proved_about_a_process_of_another_host() -> None:
    assert not is_provably_dead(ProcessName(host="elsewhere", pid=999_999_999, started=0.0))


def test_a_process_number_that_was_given_out_again_is_another_process() -> None:
    me = this_process()
    assert not is_provably_dead(me)
    assert is_provably_dead(replace(me, started=me.started - 60))


def test_of_many_that_ask_at_once_exactly_one_gets_the_lease(database: Database, clock: FrozenClock) -> None:
    won: list[Lease] = []
    start = threading.Barrier(8)

    def ask(number: int) -> None:
        start.wait()
        lease = take(database, clock, holder(f"asker-{number}"))
        if lease is not None:
            won.append(lease)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_lease_cannot_change_hands_inside_a_transaction_that_asserted_it(
    database: Database, clock: FrozenClock
) -> None:
    first = take(database, clock, holder("first"))
    assert first is not None
    clock.advance(10)
    order: list[str] = []

    def take_over() -> None:
        assert take(database, clock, holder("second"))
        order.append("taken")

    with database.writing() as session:
        leases.assert_held(session, first)
        rival = threading.Thread(target=take_over)
        rival.start()
        rival.join(0.3)
        order.append("written")
    rival.join()
    assert order == ["written", "taken"]
