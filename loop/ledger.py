"""The watch's ledger: what came back is kept until one transaction has taken all of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy.orm import Session

from monitors.state import MonitorState
from monitors.storage import journal, spans, states
from monitors.storage.journal import Result
from monitors.storage.spans import Change
from ticketing import inbox
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.signals import HealthSignal

FLUSH_EVERY_S = 0.25
FIRST_RETRY_S, LONGEST_RETRY_S = 0.5, 10.0
MOST_UNWRITTEN = 500_000  # results kept while the database is away: ten minutes of a busy watch
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Page:
    """What came back since the last transaction."""

    results: list[Result] = field(default_factory=list)
    states: dict[str, MonitorState] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    signals: list[HealthSignal] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.results or self.states or self.signals)


class Ledger:
    """Results, states, changes and signals stand or fall together. `guard` raises when the lease is lost."""

    def __init__(self, database: Database, clock: Clock, guard: Callable[[Session], None]) -> None:
        self._database, self._clock, self._guard = database, clock, guard
        self._written_at = float("-inf")
        self._retry_s = 0.0
        self.page = Page()
        self.results_written = self.signals_written = 0

    def write_when_due(self) -> None:
        """At once when the desk must hear something, else every quarter of a second."""
        waited_s = self._clock.monotonic_s() - self._written_at
        is_urgent = bool(self.page.signals) and not self._retry_s
        if self.page and (is_urgent or waited_s >= max(FLUSH_EVERY_S, self._retry_s)):
            self.write()

    def write(self) -> None:
        """Everything in one transaction. While the database is away it is kept, within a bound, and tried again."""
        page, self._written_at = self.page, self._clock.monotonic_s()
        try:
            with self._database.writing() as session:
                self._guard(session)
                self._write(session, page)
        except DatabaseUnavailable as error:
            self._retry_s = min(LONGEST_RETRY_S, max(FIRST_RETRY_S, self._retry_s * 2))
            _forget_oldest(page)
            log.error("results not written", kept=len(page.results), reason=str(error), again_in_s=self._retry_s)
            return
        self._retry_s = 0.0
        self.results_written += len(page.results)
        self.signals_written += len(page.signals)
        self.page = Page()

    def _write(self, session: Session, page: Page) -> None:
        journal.append(session, page.results)
        states.save(session, page.states.values())
        spans.record(session, page.changes)
        for signal in page.signals:
            inbox.accept(session, signal, self._clock.now())


def _forget_oldest(page: Page) -> None:
    """Results beyond the bound are lost, said in the log; states, changes and signals never are."""
    surplus = len(page.results) - MOST_UNWRITTEN
    if surplus > 0:
        log.error("results lost", lost=surplus, because="the database was away too long")
        del page.results[:surplus]
