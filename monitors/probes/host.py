"""Host: how busy this machine is."""

from pydantic import TypeAdapter

from monitors.probes.forms import HostName
from monitors.probes.lanes import Lane

name = "host"
lane = Lane.THREAD
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
