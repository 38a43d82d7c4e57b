"""The limits that a monitor's graph shows."""

from console.drawings.signal import Limit
from loop.definitions import Definitions
from monitors.latency_limits import latency_limits


def limits_of(definitions: Definitions, monitor: str) -> tuple[Limit, ...]:
    """The lowest first; none for a monitor that is not defined any more."""
    found = definitions.monitors.get(monitor)
    return () if found is None else tuple(Limit(one.seconds, one.health.value) for one in latency_limits(found))
