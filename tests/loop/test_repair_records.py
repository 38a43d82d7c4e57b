"""What is kept of remediations and how it is read; the lease that lives while its worker works; outages outlasted."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from loop.heartbeat import beating
from loop.patience import persistently
from runbooks import journal, queries, stops
from runbooks.errors import RemediationTakenOver
from runbooks.journal import Hold
from tests.clock import FrozenClock
from tests.loop.workshop import Workshop
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable, NotFound, Refused

LEASE = timedelta(milliseconds=60)


def test_statistics_count_outcomes_incidents_and_repair_times(workshop: Workshop) -> None:
    since = workshop.clock.now()
    good, bad = workshop.incident("1"), workshop.incident("2")
    workshop.heal(bad, workshop.runbook(workshop.futile))
    workshop.clock.advance(10)
    workshop.heal(workshop.again(good), workshop.runbook(workshop.restart))
    with workshop.database.reading() as session:
        (found,) = queries.statistics(session, since, workshop.clock.now())
        assert queries.statistics(session, workshop.clock.now(), workshop.clock.now() + timedelta(days=1)) == ()
    assert dict(found.outcomes) == {"failed": 1, "succeeded": 1}
    assert (found.attempts, found.incidents, found.repaired) == (2, 2, 1)
    assert len(found.repair_times) == 1
    assert timedelta(seconds=1) <= found.repair_times[0] <= timedelta(seconds=10)


def test_the_newest_remediations_come_first_and_each_can_be_shown(workshop: Workshop) -> None:
    first = workshop.heal(workshop.incident("1"), workshop.runbook(workshop.restart))
    workshop.state.write_text("down")
    workshop.clock.advance(10)
    second = workshop.heal(workshop.incident("2"), workshop.runbook(workshop.restart))
    with workshop.database.reading() as session:
        assert queries.list_remediations(session) == (second, first)
        assert queries.list_remediations(session, limit=1) == (second,)
        assert queries.list_remediations(session, runbook="another") == ()
        assert queries.show(session, first.id) == first
        with pytest.raises(NotFound):
            queries.show(session, "nobody")


def test_a_mirror_sees_what_runs_and_what_ended_since(workshop: Workshop) -> None:
    ended = workshop.heal(workshop.incident("1"), workshop.runbook(workshop.restart))
    later = workshop.clock.advance(60)
    running = workshop.repair.consider(workshop.incident("2"), workshop.runbook(workshop.restart))
    with workshop.database.reading() as session:
        assert [found.id for found in queries.changed_since(session, later)] == [running]
        assert ended.id in [found.id for found in queries.changed_since(session, later - timedelta(hours=1))]


@pytest.mark.parametrize(("who", "because"), [("", "x"), ("ana", " ")])
def test_a_stop_needs_a_name_and_a_reason(workshop: Workshop, who: str, because: str) -> None:
    with workshop.database.writing() as session, pytest.raises(Refused, match="needs a name and a reason"):
        stops.stop_all(session, who, because, workshop.clock.now())


def test_a_stop_that_is_over_before_it_begins_is_refused(workshop: Workshop) -> None:
    now = workshop.clock.now()
    with workshop.database.writing() as session, pytest.raises(Refused, match="which is past"):
        stops.stop_all(session, "ana", "lunch", now, until=now)


def leased(workshop: Workshop) -> Hold:
    remediation = workshop.repair.consider(workshop.incident(), workshop.runbook(workshop.restart))
    assert remediation is not None
    return Hold(remediation=remediation, fence=1)


def test_the_lease_is_renewed_while_its_worker_works(workshop: Workshop) -> None:
    hold = leased(workshop)
    renewed = threading.Event()
    workshop.clock.advance(3600)

    class Telling(FrozenClock):
        def now(self) -> datetime:
            renewed.set()
            return workshop.clock.now()

    with beating(workshop.database, Telling(), hold, LEASE):
        assert renewed.wait(20)
    with workshop.database.reading() as session:
        assert journal.get(session, hold.remediation).lease_until == workshop.clock.now() + LEASE


def test_an_outgrown_fence_is_noticed_by_whoever_holds_it(workshop: Workshop) -> None:
    hold = leased(workshop)
    old = Hold(remediation=hold.remediation, fence=0)
    with workshop.database.writing() as session:
        with pytest.raises(RemediationTakenOver):
            journal.assert_held(session, old)
        with pytest.raises(RemediationTakenOver):
            journal.renew(session, old, workshop.clock.now())
        assert journal.assert_held(session, hold).id == hold.remediation


class Failing:
    """A database that is away at its first transaction."""

    def __init__(self, database: Database) -> None:
        self._database, self.asked = database, 0

    @contextmanager
    def writing(self) -> Iterator[Session]:
        self.asked += 1
        if self.asked == 1:
            message = "away"
            raise DatabaseUnavailable(message)
        with self._database.writing() as session:
            yield session


def test_an_outcome_is_written_as_soon_as_the_database_is_back(workshop: Workshop) -> None:
    failing = Failing(workshop.database)
    written = persistently(failing, workshop.clock, lambda session, now: (session.is_active, now))  # type: ignore[arg-type]
    assert written == (True, workshop.clock.now())
    assert failing.asked == 2
