"""What a probe hands back: checked, as it may be somebody else's code; and the observation when it could not look."""

from typing import Any

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.services_for_probes import ProbeServices


def checked(outcome: Any, monitor: Monitor) -> Observation:
    """The observation of `monitor` that a probe handed back. Raises TypeError for anything else."""
    if isinstance(outcome, Observation) and outcome.monitor == monitor.id:
        return outcome
    message = f"the kind '{monitor.kind}' handed back {outcome!r} instead of an observation of '{monitor.id}'"
    raise TypeError(message)


def blinded(monitor: Monitor, at: float, services: ProbeServices, why: str) -> Observation:
    """The observation of a probe that began at `at` and could not look."""
    return Observation(monitor=monitor.id, at=at, ended=services.now(), blind=why, text=why)


def said_by(error: BaseException) -> str:
    return str(error) or type(error).__name__
