"""Workers that die: a process that carries out remediations in children, each killed at the instant it was told.

Run as a program. Each line on its standard input is a trial as JSON: the database, the remediation, the folder, and
where to die: the number of a writing transaction, and whether before, inside or after it. The answer is a line
with the child's exit status, among its log; a child that outlives its fate ends with 0.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from loop.repair import Repair, Surroundings
from monitors.observation import Observation
from tests.loop.workshop import Defined, service
from watchdesk.calendars import Calendars
from watchdesk.catalogue import Catalogue
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import RecoveryEvidence


@dataclass(frozen=True, slots=True)
class Fate:
    """Where to die; 0 is nowhere."""

    transaction: int
    moment: str  # before | inside | after


class DoomedDatabase(Database):
    """Kills its process at one writing transaction of the main thread."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self._fate, self._count = fate, 0

    @contextmanager
    def writing(self) -> Iterator[Session]:
        if threading.current_thread() is not threading.main_thread():
            with super().writing() as session:
                yield session
            return
        self._count += 1
        self._die("before")
        with super().writing() as session:
            yield session
            session.flush()
            self._die("inside")
        self._die("after")

    def _die(self, moment: str) -> None:
        if self._count == self._fate.transaction and moment == self._fate.moment:
            os.kill(os.getpid(), signal.SIGKILL)


class LiveEyes:
    """Looks at a file in real time: ok while it says `up`."""

    def __init__(self, path: Path) -> None:
        self._path, self._clock = path, SystemClock()

    def evidence(self, monitor: str) -> RecoveryEvidence:
        is_up = self._path.read_text() == "up"
        now = self._clock.now()
        return RecoveryEvidence(
            monitor=monitor,
            exists=True,
            health=Health.OK if is_up else Health.CRITICAL,
            ok_streak=int(is_up),
            ok_since=now if is_up else None,
            last_sample_at=now,
            is_stale=False,
            is_flapping=False,
            unknown_since=None,
        )

    def hurry(self, monitor: str) -> None: ...

    def probe(self, monitor: str) -> Observation:
        now = self._clock.now().timestamp()
        return Observation(monitor=monitor, at=now, ended=now)


def repairer(database: Database, folder: Path, worker: str) -> Repair:
    """A repairer of the shop in `folder`, in real time."""
    defined = Defined(
        catalogue=Catalogue(services={"shop": service("shop")}), calendars=Calendars(calendars={}, windows=())
    )
    surroundings = Surroundings(definitions=lambda: defined, secret=str)
    return Repair(database, SystemClock(), worker, LiveEyes(folder / "state"), surroundings)


def carry_out(trial: dict[str, str]) -> None:
    fate = Fate(int(trial["transaction"]), trial["moment"])
    with DoomedDatabase(trial["database"], fate) as database:
        repairer(database, Path(trial["folder"]), "doomed").carry_out(trial["remediation"])


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            carry_out(json.loads(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"exit {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
