"""The definitions in use: reloaded while running; a faulty new version is refused and the old one goes on."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock

import structlog
from sqlalchemy.orm import Session

from loop.definitions import Definitions, load, read, stamp_of
from loop.kept_definitions import KeptDefinitions
from watchdesk import definition_status
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.definitions.faults import DefinitionsInvalid
from watchdesk.errors import DatabaseUnavailable

LOOK_EVERY_S = 1.0
log = structlog.get_logger(__name__)


class Library:
    """Hands out the newest good definitions. Safe to share between threads.

    `current` only hands out, so that it may be asked inside a transaction. `refresh` reads files and writes to the
    database in a transaction of its own: whoever held another one would keep it, and every writer, waiting.

    With `kept`, faulty files do not keep it from beginning: the last good version goes on, and the faults are told.
    """

    def __init__(self, root: Path, database: Database, clock: Clock, kept: KeptDefinitions | None = None) -> None:
        self._root, self._database, self._clock, self._kept = root, database, clock, kept
        self._lock = Lock()
        self._stamp = stamp_of(root)
        self._looked_at = clock.monotonic_s()
        self._unwritten: Callable[[Session], None] | None = None
        self._definitions = self._begin()

    def _begin(self) -> Definitions:
        try:
            self._definitions = load(self._root)
        except DefinitionsInvalid as error:
            last_good = self._kept.load() if self._kept is not None else None
            if last_good is None:
                raise
            self._definitions = last_good
            self._note_refused(error)
        else:
            self._note_accepted()
        return self._definitions

    def current(self) -> Definitions:
        """The definitions in use."""
        return self._definitions

    def refresh(self) -> Definitions:
        """Looks for changed files, at most once a second and in one thread at a time; the definitions then in use.

        To be called while holding no transaction.
        """
        if self._lock.acquire(blocking=False):
            try:
                if self._clock.monotonic_s() - self._looked_at >= LOOK_EVERY_S:
                    self._looked_at = self._clock.monotonic_s()
                    self._reload_if_changed()
            finally:
                self._lock.release()
        return self._definitions

    def _reload_if_changed(self) -> None:
        stamp = stamp_of(self._root)
        if stamp != self._stamp:
            self._stamp = stamp
            definitions, faults = read(self._root)
            if faults:
                self._note_refused(DefinitionsInvalid(faults))
            else:
                self._definitions = definitions
                self._note_accepted()
        self._write()

    def _note_accepted(self) -> None:
        version, now = self._definitions.version, self._clock.now()
        log.info("definitions in use", version=version, monitors=len(self._definitions.monitors))
        self._unwritten = partial(definition_status.accepted, root=str(self._root), version=version, now=now)
        self._write()
        if self._kept is not None:
            self._kept.keep(self._definitions)

    def _note_refused(self, error: DefinitionsInvalid) -> None:
        log.warning("definitions refused", in_use=self._definitions.version, faults=len(error.faults))
        now = self._clock.now()
        self._unwritten = partial(definition_status.refused, root=str(self._root), faults=error.faults, now=now)
        self._write()

    def _write(self) -> None:
        """Keeps the note for the next look while the database is away: watching goes on without it."""
        if self._unwritten is None:
            return
        try:
            with self._database.writing() as session:
                self._unwritten(session)
        except DatabaseUnavailable as error:
            log.warning("definition status not written", reason=str(error))
        else:
            self._unwritten = None
