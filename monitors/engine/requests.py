"""Prepared requests: what libcurl is to do for a monitor is worked out once, until its definition changes."""

from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.probes.transfers import Transfer
from monitors.services_for_probes import ProbeServices


class Requests:
    """The transfer of each monitor, as of the present definitions."""

    def __init__(self, services: ProbeServices) -> None:
        self.services = services
        self._prepared: dict[str, Transfer] = {}

    def of(self, monitor: Monitor) -> Transfer:
        """Raises whatever the kind raises for a request that cannot be made."""
        prepared = self._prepared.get(monitor.id)
        if prepared is not None and prepared.monitor is monitor:
            return prepared
        transfer: Transfer = all_kinds()[monitor.kind].probe(monitor, self.services)
        if transfer.secrets:
            self._prepared.pop(monitor.id, None)  # asked for anew each time, as it may have been changed
        else:
            self._prepared[monitor.id] = transfer
        return transfer

    def serve_with(self, services: ProbeServices) -> None:
        self.services = services
        self._prepared.clear()
