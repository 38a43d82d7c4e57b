"""The lane of conversations: sockets that talk, and child processes."""

from monitors.engine.places import Places
from monitors.engine.talk import Talk
from monitors.engine.wiring import Emit, Wiring
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.services_for_probes import ProbeServices


class ConversationLane:
    """Runs conversations, `limit` at once. Driven by the engine's thread."""

    def __init__(self, services: ProbeServices, wiring: Wiring, limit: int, emit: Emit) -> None:
        self._services, self._wiring, self._emit = services, wiring, emit
        self._places = Places(limit)
        self._running: set[Talk] = set()

    def submit(self, monitor: Monitor) -> None:
        self._places.queue(monitor)

    def serve_with(self, services: ProbeServices) -> None:
        self._services = services

    def start(self) -> None:
        """Starts what may start."""
        while (monitor := self._places.take()) is not None:
            talk = Talk(monitor, self._services, self._wiring, self._ended)
            self._running.add(talk)
            talk.begin()

    def close(self) -> None:
        """Ends everything that runs; nothing of it is emitted."""
        for talk in self._running:
            talk.drop()
        self._running.clear()

    def _ended(self, talk: Talk, observation: Observation) -> None:
        self._running.discard(talk)
        self._places.leave(talk.monitor.id, has_hung=talk.has_hung)
        self._emit(observation)
