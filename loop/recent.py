"""The newest samples of each monitor, kept in memory so that a signal can carry its evidence."""

from collections import deque
from collections.abc import Iterable

import structlog

from monitors import queries
from monitors.observation import Observation
from monitors.state import Verdict
from watchdesk.clock import from_epoch_ms
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.health import Health
from watchdesk.signals import Sample

KEPT = 20
log = structlog.get_logger(__name__)


class RecentSamples:
    """A ring of samples a monitor; filled from the database when a new watch knows too little."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rings: dict[str, deque[tuple[float, Health, float | None, str]]] = {}
        self._recalled: dict[str, tuple[Sample, ...]] = {}

    def add(self, monitor: str, observation: Observation, verdict: Verdict) -> None:
        ring = self._rings.get(monitor)
        if ring is None:
            ring = self._rings[monitor] = deque(maxlen=KEPT)
        ring.append((observation.at, verdict.health, observation.latency_s, verdict.summary))

    def recall(self, monitors: Iterable[str]) -> None:
        """Fill up from the database what a new watch knows too little of: one read, however many fail at once."""
        short = {name for name in monitors if len(self._rings.get(name, ())) < KEPT} - self._recalled.keys()
        if not short:
            return
        try:
            with self._database.reading() as session:
                found = queries.last_samples(session, short, KEPT)
        except DatabaseUnavailable as error:
            log.warning("earlier samples not read", monitors=len(short), reason=str(error))
            return
        self._recalled.update({name: found.get(name, ()) for name in short})

    def of(self, monitor: str) -> tuple[Sample, ...]:
        """At most twenty samples, oldest first."""
        ring = self._rings.get(monitor, ())
        known = tuple(_sample(*entry) for entry in ring)
        if len(known) >= KEPT:
            return known
        self.recall((monitor,))
        earlier = self._recalled.get(monitor, ())
        if known:
            earlier = tuple(sample for sample in earlier if sample.at < known[0].at)
        return (*earlier, *known)[-KEPT:]


def _sample(at: float, health: Health, latency_s: float | None, summary: str) -> Sample:
    return Sample(at=from_epoch_ms(round(at * 1000)), health=health, latency_s=latency_s, summary=summary)
