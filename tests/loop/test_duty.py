"""Signs of life of a shift on duty: its death can be told as soon as it has watched."""

import time
from datetime import timedelta

from loop.duty import Duty
from loop.roles import Roles
from tests.clock import FrozenClock
from watchdesk import leases
from watchdesk.database import Database
from watchdesk.leases import Holder
from watchdesk.processes import this_process
from watchdesk.shifts import DUTY, WATCH
from watchdesk.tables import RoleBeatRow

LEASE = timedelta(seconds=15)


class Looking:
    """A watch that has nothing to look at."""

    def turn(self) -> float:
        return 0.01

    def close(self) -> None:
        """Nothing to end."""


def turns_on_record(database: Database) -> int:
    with database.reading() as session:
        row = session.get(RoleBeatRow, WATCH)
        return 0 if row is None else row.turns


def test_the_first_good_turn_is_on_record_with_the_next_renewal_of_the_lease(
    database: Database, clock: FrozenClock
) -> None:
    with database.writing() as session:
        lease = leases.acquire(session, DUTY, Holder(id="first", process=this_process()), clock.now(), LEASE)
    assert lease is not None
    duty, roles = Duty(database, clock, lease, LEASE), Roles({WATCH: Looking()}, clock)
    assert duty.keep(roles)
    assert turns_on_record(database) == 0
    roles.start()
    while not roles.is_healthy(WATCH):
        time.sleep(0.01)
    roles.stop()
    clock.advance(1)
    assert duty.keep(roles)
    assert turns_on_record(database) > 0
