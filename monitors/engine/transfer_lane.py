"""The lane of transfers: web requests, made by libcurl."""

import pycurl

from monitors.engine.multi import Multi
from monitors.engine.names import Names, Unresolved
from monitors.engine.outcomes import blinded, checked, said_by
from monitors.engine.places import Places
from monitors.engine.requests import Requests
from monitors.engine.wiring import Emit, Wiring
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.transfers import Exchange, Failure, Handle, Options
from monitors.services_for_probes import ProbeServices


class TransferLane:
    """Runs transfers, `limit` at once. Driven by the engine's thread, which turns `multi` too."""

    def __init__(self, services: ProbeServices, wiring: Wiring, limit: int, emit: Emit) -> None:
        self._emit = emit
        self._places = Places(limit)
        self._requests = Requests(services)
        self._names = Names(wiring, self._resolved)
        self.multi = Multi(wiring.epoll, limit, self._ended)

    def submit(self, monitor: Monitor) -> None:
        self._places.queue(monitor)

    def serve_with(self, services: ProbeServices) -> None:
        self._requests.serve_with(services)

    def start(self) -> None:
        """Starts what may start. All of it begins now, when libcurl is let go for the first time."""
        now = self._requests.services.now()
        while (monitor := self._places.take()) is not None:
            self._start(monitor, now)

    def close(self) -> None:
        """Ends everything that runs; nothing of it is emitted."""
        self._names.drop_all()
        self.multi.close()

    def _start(self, monitor: Monitor, at: float) -> None:
        try:
            transfer = self._requests.of(monitor)
            exchange = Exchange(transfer, at)
            if transfer.name is None:
                self.multi.send(exchange, transfer.options)
            else:
                self._names.look_up(exchange, transfer.name)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            self._leave(self._blind(monitor, at, f"the probe could not begin: {said_by(error)}"))

    def _resolved(self, exchange: Exchange, outcome: Options | Unresolved) -> None:
        monitor = exchange.transfer.monitor
        if isinstance(outcome, Unresolved):
            words, now = outcome.words, self._requests.services.now()
            failed = Observation(monitor=monitor.id, at=exchange.at, ended=now, error=words, text=words)
            self._leave(failed, has_hung=outcome.has_hung)
            return
        try:
            self.multi.send(exchange, (*outcome, *exchange.transfer.options))
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            self._leave(self._blind(monitor, exchange.at, f"the probe could not begin: {said_by(error)}"))

    def _ended(self, exchange: Exchange, handle: Handle, failure: Failure | None) -> None:
        transfer = exchange.transfer
        try:
            observation = checked(transfer.finish(exchange, handle, failure), transfer.monitor)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            observation = self._blind(transfer.monitor, exchange.at, f"the answer could not be read: {error!r}")
        self._leave(observation, has_hung=failure is not None and failure.code == pycurl.E_OPERATION_TIMEDOUT)

    def _leave(self, observation: Observation, *, has_hung: bool = False) -> None:
        self._places.leave(observation.monitor, has_hung=has_hung)
        self._emit(observation)

    def _blind(self, monitor: Monitor, at: float, why: str) -> Observation:
        return blinded(monitor, at, self._requests.services, why)
