"""Host: how busy this machine is."""

from collections.abc import Callable
from typing import Any

import psutil
from pydantic import TypeAdapter

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.forms import HostName
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look
from monitors.services_for_probes import ProbeServices

LOCAL = "local"
BUSY_SPAN_S = 0.2  # the processor's load is measured over this time

name = "host"
lane = Lane.THREAD
is_blind_when_late = True  # it measures this machine, which answers nobody then
form: TypeAdapter[str] = TypeAdapter(HostName)
values = {
    "cpu_percent": "percent",
    "memory_percent": "percent",
    "swap_percent": "percent",
    "load_per_core": "number",
    "uptime": "duration",
}


def title(form: str) -> str:
    return "This machine has room to work" if form == "local" else f"{form} has room to work"


def probe(monitor: Monitor, services: ProbeServices) -> Observation:
    """Measures what the monitor wants to know; all but the processor when it wants nothing in particular."""
    look = Look(monitor, services)
    if monitor.form != LOCAL:
        item = services.items.get(monitor.form)
        if item is None:
            return look.blind(f"there is no item '{monitor.form}'; name one, or write local")
        if not item.is_local:
            return look.blind(f"the item '{item.id}' is at {item.address}; only this machine can be measured from here")
    wanted = monitor.wanted or MEASURES.keys() - {"cpu_percent"}
    values = {name: measure(look) for name, measure in MEASURES.items() if name in wanted}
    return look.saw(values, ", ".join(f"{name} {value:.4g}" for name, value in values.items()))


def _load_per_core(_look: Look) -> float:
    return psutil.getloadavg()[0] / (psutil.cpu_count() or 1)


MEASURES: dict[str, Callable[[Look], Any]] = {
    "cpu_percent": lambda _look: psutil.cpu_percent(interval=BUSY_SPAN_S),
    "memory_percent": lambda _look: psutil.virtual_memory().percent,
    "swap_percent": lambda _look: psutil.swap_memory().percent,
    "load_per_core": _load_per_core,
    "uptime": lambda look: look.at - psutil.boot_time(),
}
