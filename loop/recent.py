"""The newest samples of each monitor, kept in memory so that a signal can carry its evidence."""

from collections import deque

from monitors import queries
from monitors.observation import Observation
from monitors.state import Verdict
from watchdesk.clock import from_epoch_ms
from watchdesk.database import Database
from watchdesk.health import Health
from watchdesk.signals import Sample

KEPT = 20


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

    def of(self, monitor: str) -> tuple[Sample, ...]:
        """At most twenty samples, oldest first."""
        ring = self._rings.get(monitor, ())
        known = tuple(_sample(*entry) for entry in ring)
        if len(known) >= KEPT:
            return known
        earlier = self._recall(monitor)
        if known:
            earlier = tuple(sample for sample in earlier if sample.at < known[0].at)
        return (*earlier, *known)[-KEPT:]

    def _recall(self, monitor: str) -> tuple[Sample, ...]:
        if monitor not in self._recalled:
            with self._database.reading() as session:
                self._recalled[monitor] = queries.recent_samples(session, monitor, KEPT)
        return self._recalled[monitor]


def _sample(at: float, health: Health, latency_s: float | None, summary: str) -> Sample:
    return Sample(at=from_epoch_ms(round(at * 1000)), health=health, latency_s=latency_s, summary=summary)
