"""The roles of a shift, each in a thread of its own; one that stumbles is tried again."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from watchdesk.clock import Clock
from watchdesk.errors import DatabaseUnavailable
from watchdesk.leases import LeaseLost
from watchdesk.shifts import Beat

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 10.0
PATIENCE_S = 15.0  # for a turn to end; a thread that hangs longer ends with the process
MOST_FAILURES = 8  # in a row; with the waits in between about a minute of trying
log = structlog.get_logger(__name__)


class Role(Protocol):
    """One of the loops of a shift."""

    def turn(self) -> float:
        """Do what is due; the seconds until the next turn is wanted."""
        ...

    def close(self) -> None:
        """Finish what must not be cut off; called once, after the last turn."""
        ...


@dataclass(slots=True)
class Record:
    """What one role did so far; written by its own thread, read by the shift's."""

    turned_at: datetime
    turns: int = 0
    failures: int = 0
    last_error: str = ""
    waits_s: float = 0.0


class Roles:
    """Runs roles in threads until told to stop. Nothing a role raises ends its thread."""

    def __init__(self, roles: Mapping[str, Role], clock: Clock) -> None:
        self._roles: dict[str, Role] = {}
        self._clock = clock
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._records: dict[str, Record] = {}
        self._threads: list[threading.Thread] = []
        for name, role in roles.items():
            self.add(name, role)

    def add(self, name: str, role: Role) -> None:
        """One more role; before the start."""
        self._roles[name], self._records[name] = role, Record(turned_at=self._clock.now())
        self._threads.append(threading.Thread(target=self._run, args=(name,), name=name, daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every role finish its turn, then close them, in order. Safe to call twice."""
        if self._stop.is_set():
            return
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        for name, role in self._roles.items():
            _close(name, role)

    @property
    def has_lost_the_lease(self) -> bool:
        """Whether a role was told, while writing, that somebody else is on duty."""
        return self._lost.is_set()

    @property
    def broken(self) -> str | None:
        """The name of a role that failed again and again, or None."""
        return next((name for name, record in self._records.items() if record.failures >= MOST_FAILURES), None)

    def beats(self) -> tuple[Beat, ...]:
        """The last good turn of every role, or its beginning, and what it stumbles over at present."""
        return tuple(
            Beat(
                role=name,
                at=record.turned_at,
                turns=record.turns,
                failures=record.failures,
                last_error=record.last_error if record.waits_s else "",
            )
            for name, record in self._records.items()
        )

    def is_healthy(self, name: str) -> bool:
        """Whether the last turn of the role went well."""
        record = self._records.get(name)
        return record is not None and record.turns > 0 and not record.failures and not record.waits_s

    def _run(self, name: str) -> None:
        role, record = self._roles[name], self._records[name]
        while not self._stop.is_set() and not self._lost.is_set():
            wait_s = self._turn(name, role, record)
            if wait_s > 0:
                self._stop.wait(wait_s)

    def _turn(self, name: str, role: Role, record: Record) -> float:
        try:
            wait_s = role.turn()
        except LeaseLost as error:
            log.warning("relieved while writing", role=name, reason=str(error))
            self._lost.set()
            return 0.0
        except DatabaseUnavailable as error:
            record.waits_s = _longer(record.waits_s)
            record.last_error = str(error)
            log.warning("database away", role=name, reason=str(error), again_in_s=record.waits_s)
            return record.waits_s
        except Exception as error:  # noqa: BLE001  one turn of one role: recorded, tried again, counted
            return _failed(name, record, error)
        record.turns, record.turned_at = record.turns + 1, self._clock.now()
        record.failures, record.waits_s = 0, 0.0
        return wait_s


def _failed(name: str, record: Record, error: Exception) -> float:
    record.failures += 1
    record.waits_s = _longer(record.waits_s)
    record.last_error = f"{type(error).__name__}: {error}"
    log.error("turn failed", role=name, failures=record.failures, again_in_s=record.waits_s, exc_info=error)
    return record.waits_s


def _longer(wait_s: float) -> float:
    return min(LONGEST_WAIT_S, max(FIRST_WAIT_S, wait_s * 2))


def _close(name: str, role: Role) -> None:
    try:
        role.close()
    except Exception as error:  # noqa: BLE001  one role's end: the others must be closed too
        _report(name, error)


def _report(name: str, error: Exception) -> None:
    log.error("not closed cleanly", role=name, exc_info=error)
