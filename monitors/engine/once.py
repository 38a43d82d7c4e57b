"""One look, now: for `monitors run`, and for the steps of a runbook that check something."""

import time

from monitors.engine.engine import Engine
from monitors.engine.limits import EngineLimits
from monitors.engine.talk import TIDY_UP_S
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.services_for_probes import ProbeServices

ONE = EngineLimits(connections=1, processes=1, threads=1, lookups=1)


def probe_once(monitor: Monitor, services: ProbeServices) -> Observation:
    """The observation of one probe, made by the same engine as any other; blocks up to the monitor's timeout."""
    with Engine(ONE, services) as engine:
        engine.submit(monitor)
        give_up_at = time.monotonic() + monitor.timeout.total_seconds() + 2 * TIDY_UP_S
        while time.monotonic() < give_up_at:
            for observation in engine.collect(0.25):
                return observation
    now = services.now()
    why = "the probe did not come to an end"
    return Observation(monitor=monitor.id, at=now, ended=now, blind=why, text=why)
