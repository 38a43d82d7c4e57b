"""Repairing with care: guards and lease in one transaction, intent before effect, proof by the monitor, escalation."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import structlog

from loop.attempt import Attempt
from loop.gatekeeper import Gatekeeper
from loop.heartbeat import beating
from loop.surroundings import Bench, Eyes, Surroundings
from runbooks import inventory, journal, queries
from runbooks.errors import RemediationTakenOver
from runbooks.execution import Interrupted
from runbooks.journal import Hold, Worker
from runbooks.model import Runbook, Trigger
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.processes import this_process
from watchdesk.signals import Remediation

__all__ = ["Eyes", "Repair", "Surroundings", "Trigger"]
LEASE = timedelta(seconds=15)
log = structlog.get_logger(__name__)


class Repair:
    """Decides about runbooks and carries them out. One per process; safe to use from several threads."""

    def __init__(self, database: Database, clock: Clock, worker: str, eyes: Eyes, surroundings: Surroundings) -> None:
        self._database, self._clock, self._eyes, self._surroundings = database, clock, eyes, surroundings
        self._worker = Worker(name=worker, process=this_process())
        self._stopping = threading.Event()
        self._members = 0
        self._gatekeeper = Gatekeeper(database, clock, surroundings, self._worker, LEASE)
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self.pause: Callable[[float], None] = self._wait

    def consider(self, trigger: Trigger, runbook: Runbook) -> str | None:
        """The id of a new remediation that now is to be carried out; None when a guard refused, which is recorded."""
        return self._gatekeeper.consider(trigger, runbook)

    def carry_out(self, remediation: str) -> Remediation:
        """Carry it out from wherever it stands, to its end. Returns it as it is when another worker has it, and
        when this worker is stopping: then it is let go, to be resumed elsewhere.
        """
        with self._alone(remediation) as is_alone:
            hold = self._claim(remediation) if is_alone else None
            if hold is not None:
                self._carry(hold)
        with self._database.reading() as session:
            return queries.show(session, remediation)

    def orphans(self) -> list[str]:
        """Remediations whose worker died or lost its lease; to be given to `carry_out`."""
        if self._stopping.is_set():
            return []
        self._remember_inventory()
        with self._database.reading() as session:
            found = journal.orphans(session, self._clock.now())
        return [remediation for remediation in found if remediation not in self._busy]

    def close(self) -> None:
        """Running steps end, nothing more is begun; what is left is resumed by another worker."""
        self._stopping.set()

    def _carry(self, hold: Hold) -> None:
        bench = Bench(
            database=self._database,
            clock=self._clock,
            eyes=self._eyes,
            surroundings=self._surroundings,
            pause=self.pause,
        )
        try:
            with beating(self._database, self._clock, hold, LEASE):
                Attempt(bench, hold).proceed()
        except RemediationTakenOver as error:
            log.warning("remediation taken over", reason=str(error))
        except Interrupted:
            with self._database.writing() as session:
                journal.renew(session, hold, self._clock.now())
            log.info("remediation let go", remediation=hold.remediation)

    def _claim(self, remediation: str) -> Hold | None:
        now = self._clock.now()
        with self._database.writing() as session:
            return journal.claim(session, remediation, self._worker, now, now + LEASE)

    def _alone(self, remediation: str) -> AbstractContextManager[bool]:
        return _Alone(self._busy, self._lock, remediation)

    def _wait(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise Interrupted

    def _remember_inventory(self) -> None:
        """Grown or shrunk definitions are noticed when it happens, not when the next repair is due."""
        catalogue = self._surroundings.definitions().catalogue
        if inventory.size_of(catalogue) != self._members:
            with self._database.writing() as session:
                inventory.remember(session, catalogue, self._clock.now())
            self._members = inventory.size_of(catalogue)


class _Alone(AbstractContextManager[bool]):
    """Whether this thread is the only one of the process that carries the remediation out."""

    def __init__(self, busy: set[str], lock: threading.Lock, name: str) -> None:
        self._busy, self._lock, self._name = busy, lock, name
        self._is_mine = False

    def __enter__(self) -> bool:
        with self._lock:
            self._is_mine = self._name not in self._busy
            self._busy.add(self._name)
        return self._is_mine

    def __exit__(self, *_: object) -> None:
        if self._is_mine:
            with self._lock:
                self._busy.discard(self._name)
