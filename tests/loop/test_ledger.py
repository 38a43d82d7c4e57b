"""What the watch saw is written completely or kept: an outage of the database loses nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from loop.ledger import Ledger
from monitors import queries
from monitors.state import MonitorState
from monitors.storage import numbers
from monitors.storage.journal import Result
from monitors.storage.spans import Change
from tests.clock import FrozenClock
from ticketing import inbox
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.health import Health
from watchdesk.leases import LeaseLost
from watchdesk.signals import HealthSignal, ResolvePolicy, SignalKind

POLICY = ResolvePolicy(after=3, grace=timedelta(0), reopen_within=timedelta(0))


def let_pass(_: Session) -> None:
    """A guard that holds the lease."""


def ledger_with_a_page(database: Database, clock: FrozenClock, guard: Callable[[Session], None] = let_pass) -> Ledger:
    with database.writing() as session:
        number = numbers.assign(session, ["web"])["web"]
    at = clock.now().timestamp()
    ledger = Ledger(database, clock, guard)
    page = ledger.page
    page.results.append(Result("web", number, at, Health.CRITICAL, 0.2))
    page.states["web"] = MonitorState(monitor="web", health=Health.CRITICAL, since=at, last_at=at, summary="refused")
    page.changes.append(Change("web", at, Health.CRITICAL, "refused"))
    page.signals.append(
        HealthSignal(
            event_id="web/1",
            kind=SignalKind.PROBLEM,
            monitor="web",
            service="shop",
            item=None,
            fingerprint="monitor/web",
            title="web answers",
            health=Health.CRITICAL,
            observed_at=clock.now(),
            since=clock.now(),
            summary="refused",
            resolve=POLICY,
            every=timedelta(minutes=1),
        )
    )
    return ledger


def what_is_stored(database: Database) -> tuple[int, list[str], int]:
    """Samples, the monitors with a state, signals."""
    with database.reading() as session:
        samples = queries.recent_samples(session, "web", 10)
        return len(samples), list(queries.states(session)), len(inbox.pending(session, 10))


def test_results_states_changes_and_signals_arrive_together(database: Database, clock: FrozenClock) -> None:
    ledger_with_a_page(database, clock).write_when_due()
    assert what_is_stored(database) == (1, ["web"], 1)


def test_a_signal_told_twice_is_one_row(database: Database, clock: FrozenClock) -> None:
    ledger_with_a_page(database, clock).write()
    ledger_with_a_page(database, clock).write()
    assert what_is_stored(database)[2] == 1


def test_while_the_database_is_away_everything_is_kept_and_tried_again(database: Database, clock: FrozenClock) -> None:
    outages = [True, True, False]

    def away_twice(_: Session) -> None:
        if outages.pop(0):
            message = "the disk is full"
            raise DatabaseUnavailable(message)

    ledger = ledger_with_a_page(database, clock, away_twice)
    for _ in range(3):
        ledger.write_when_due()
        clock.advance(11)
    assert outages == []
    assert what_is_stored(database) == (1, ["web"], 1)


def test_between_tries_it_waits_instead_of_hammering(database: Database, clock: FrozenClock) -> None:
    tries: list[float] = []

    def always_away(_: Session) -> None:
        tries.append(clock.monotonic_s())
        message = "gone"
        raise DatabaseUnavailable(message)

    ledger = ledger_with_a_page(database, clock, always_away)
    for _ in range(600):
        ledger.write_when_due()
        clock.advance(0.1)
    assert 5 <= len(tries) <= 15


def test_a_watch_that_lost_its_lease_writes_nothing(database: Database, clock: FrozenClock) -> None:
    def relieved(_: Session) -> None:
        message = "somebody else is on duty"
        raise LeaseLost(message)

    ledger = ledger_with_a_page(database, clock, relieved)
    with pytest.raises(LeaseLost):
        ledger.write()
    assert what_is_stored(database) == (0, [], 0)
