"""The role `clock`: what time brings about, with the guard of the duty before every write."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from loop.clockwork import A_TRANSACTION, Clockwork
from loop.library import Library
from tests.clock import FrozenClock
from tests.loop import definitions
from tests.ticketing.stage import signal, take
from ticketing import clocks, lookup, queries
from watchdesk.database import Database


class Relieved(Exception):
    """What the guard raises when somebody else is on duty."""


NAMES = ("shop-web", *(f"m{index}" for index in range(A_TRANSACTION + 2)))
MONITORS = "\n".join(["monitors:", *(f"  {name}: {{tcp: '127.0.0.1:9', every: 1m, service: shop}}" for name in NAMES)])
SPOKEN = {"service_level", "escalated"}


def clockwork(database: Database, clock: FrozenClock, folder: Path, *, on_duty: bool = True) -> Clockwork:
    def guard(_: Session) -> None:
        if not on_duty:
            raise Relieved

    return Clockwork(database, clock, Library(definitions.write(folder, monitors=MONITORS), database, clock), guard)


def spoken(database: Database, number: str) -> list[str]:
    """What was said about promises, by kind of entry."""
    with database.reading() as session:
        return [entry.kind for entry in queries.show(session, number).timeline if entry.kind in SPOKEN]


def test_a_turn_measures_clocks_and_speaks_of_promises(database: Database, clock: FrozenClock, tmp_path: Path) -> None:
    role = clockwork(database, clock, tmp_path)
    number = take(database, signal()).ticket_number or ""
    role.turn()
    with database.reading() as session:
        assert len(clocks.of_ticket(session, lookup.by_number(session, number).id)) == 2
    clock.advance(timedelta(minutes=12))  # of the fifteen that the definitions promise
    role.turn()
    role.turn()
    assert spoken(database, number) == ["service_level"]


def test_many_tickets_are_done_in_several_short_transactions(
    database: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    numbers = []
    for name in NAMES[1:]:
        told = signal(monitor=name, fingerprint=f"monitor/{name}")
        numbers.append(take(database, told).ticket_number or "")
    clock.advance(timedelta(minutes=16))
    clockwork(database, clock, tmp_path).turn()
    assert [spoken(database, number) for number in numbers] == [["escalated"]] * len(numbers)


def test_whoever_is_not_on_duty_writes_nothing(database: Database, clock: FrozenClock, tmp_path: Path) -> None:
    number = take(database, signal()).ticket_number or ""
    clock.advance(timedelta(hours=1))
    with pytest.raises(Relieved):
        clockwork(database, clock, tmp_path, on_duty=False).turn()
    assert spoken(database, number) == []


def test_the_reconciliation_is_made_once_a_minute(sqlite: Database, clock: FrozenClock, tmp_path: Path) -> None:
    role = clockwork(sqlite, clock, tmp_path)
    role.turn()
    first = role.reconciliation
    clock.advance(timedelta(seconds=59))
    role.turn()
    assert role.reconciliation is first
    clock.advance(timedelta(seconds=1))
    role.turn()
    assert role.reconciliation is not first
