"""Shifts that follow one another on one database in frozen time, with the desk that hears of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from loop.clockwork import Clockwork
from loop.definitions import Definitions
from loop.evidence import MonitorEyes
from loop.library import Library
from loop.repair import Repair, Surroundings
from loop.respond import Respond
from loop.watch import Lookout, Watch
from monitors.services_for_probes import ProbeServices
from tests.clock import FrozenClock
from tests.loop.definitions import write
from ticketing import queries
from ticketing.views import TicketDetail
from watchdesk import leases, shifts
from watchdesk.database import Database
from watchdesk.fingerprints import is_own
from watchdesk.leases import Holder, Lease
from watchdesk.processes import this_process
from watchdesk.shifts import DUTY, RELIEF, STOPPED, WATCH, Arrival, Beat

LEASE = timedelta(seconds=10)
LOOK = timedelta(seconds=10)
SERVICES = """
services:
  shop: {title: Web shop, owner: payments, tier: 1, hours: always}
  watchdesk: {title: Watchdesk, owner: operations, tier: 2, hours: always}
"""


class Died(BaseException):
    """What stands for `kill -9` here: nobody catches it."""


class DeadlyDatabase(Database):
    """Of its writing transactions one is the last: `inside` it nothing is kept, `after` it everything."""

    def __init__(self, beside: Database, transaction: int, moment: str) -> None:
        super().__init__(beside.engine.url.render_as_string(hide_password=False))
        self._left, self._moment = transaction, moment

    @contextmanager
    def writing(self) -> Iterator[Session]:
        self._left -= 1
        if self._left < 0:
            raise Died
        with super().writing() as session:
            yield session
            if not self._left and self._moment == "inside":
                raise Died
        if not self._left:
            raise Died


@dataclass
class Post:
    """The place where one shift after another watches. `folder` gets the definitions."""

    database: Database
    clock: FrozenClock
    folder: Path
    services: str = SERVICES
    monitors: str = "monitors: {}\n"
    library: Library = field(init=False)
    watch: Watch | None = None
    lease: Lease | None = None

    def __post_init__(self) -> None:
        root = write(self.folder, services=self.services, monitors=self.monitors)
        self.library = Library(root, self.database, self.clock)

    def begin(self, name: str, database: Database | None = None) -> Watch:
        """A shift takes the duty; its first turn is still to come. It may get a database of its own."""
        with self.database.writing() as session:
            shifts.arrived(session, Arrival(id=name, process=this_process()), self.clock.now())
            self.lease = leases.acquire(session, DUTY, self._holder(name), self.clock.now(), LEASE)
            assert self.lease is not None
            shifts.went_on_duty(session, name, self.lease)
        self.watch = Watch(
            Lookout(
                database=database or self.database,
                clock=self.clock,
                library=self.library,
                services=self._services,
                guard=lambda _: None,
            )
        )
        return self.watch

    def turn(self) -> None:
        """One turn of the watch, put on record as a sign of life."""
        assert self.watch is not None
        assert self.lease is not None
        self.watch.turn()
        beat = Beat(role=WATCH, at=self.clock.now(), turns=1, failures=0)
        with self.database.writing() as session:
            shifts.beat(session, self.lease.holder, [beat], {})

    def go_on(self, lasting: timedelta, *, is_relieved: bool = True) -> None:
        """Watch for a time, the desk answering, with or without a relief that stands ready."""
        for _ in range(lasting // LOOK):
            self.clock.advance(LOOK)
            if is_relieved:
                self.stand_ready()
            self.turn()
            self.respond()

    def stand_ready(self) -> None:
        with self.database.writing() as session:
            leases.acquire(session, RELIEF, self._holder("relief"), self.clock.now(), LEASE * 2)

    def die(self) -> None:
        """No goodbye; the lease is left to lapse. What was read is written or lost, as it stands."""
        assert self.watch is not None
        self.watch.close()
        self.watch = None
        self.clock.advance(LEASE)

    def stop(self, reason: str = STOPPED) -> None:
        """A goodbye, as a shift says it."""
        assert self.watch is not None
        assert self.lease is not None
        self.watch.close()
        with self.database.writing() as session:
            shifts.ended(session, self.lease.holder, reason, self.clock.now())
            leases.release(session, self.lease, self.clock.now())
        self.watch = None

    def respond(self) -> None:
        surroundings = Surroundings(definitions=self.library.current, secret=str)
        eyes = MonitorEyes(self.database, self.clock, self.library, self._services)
        repair = Repair(self.database, self.clock, "worker", eyes, surroundings)
        responding = Respond(self.database, self.clock, self.library, repair, lambda _: None)
        responding.turn()
        responding.close()

    def discrepancies(self) -> int:
        role = Clockwork(self.database, self.clock, self.library, lambda _: None)
        role.turn()
        assert role.reconciliation is not None
        return sum(role.reconciliation.counts.values())

    def own(self) -> list[TicketDetail]:
        """The incidents of the watch itself, newest first."""
        with self.database.reading() as session:
            found = [ticket for ticket in queries.list_tickets(session) if is_own(ticket.fingerprint)]
            return [queries.show(session, ticket.number, self.clock.now()) for ticket in found]

    def close(self) -> None:
        if self.watch is not None:
            self.watch.close()

    def _holder(self, name: str) -> Holder:
        return Holder(id=name, process=replace(this_process()))

    def _services(self, definitions: Definitions) -> ProbeServices:
        return ProbeServices(clock=self.clock, items=definitions.catalogue.items, secret=str, last_ping=lambda _: None)
