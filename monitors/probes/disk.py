"""Disk: how full a file system is."""

import os

from pydantic import TypeAdapter

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.forms import AbsolutePath
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look
from monitors.services_for_probes import ProbeServices

name = "disk"
lane = Lane.THREAD
form: TypeAdapter[str] = TypeAdapter(AbsolutePath)
values = {"used_percent": "percent", "free_bytes": "size", "inodes_used_percent": "percent"}


def title(form: str) -> str:
    return f"{form} has room"


def probe(monitor: Monitor, services: ProbeServices) -> Observation:
    """Asks the file system. Percentages are of what unprivileged users can have, as `df` counts them."""
    look = Look(monitor, services)
    path: str = monitor.form
    try:
        found = os.statvfs(path)
    except PermissionError as error:
        return look.blind(f"{path}: {error.strerror}")
    except OSError as error:
        return look.stumbled(error, path)
    values: dict[str, float] = {"free_bytes": found.f_bavail * found.f_frsize}
    _add_share(values, "used_percent", found.f_blocks - found.f_bfree, found.f_bavail)
    _add_share(values, "inodes_used_percent", found.f_files - found.f_ffree, found.f_favail)
    text = f"{path}: {values.get('used_percent', 0):.1f} % used, {values['free_bytes'] / 2**30:.1f} GiB free"
    return look.saw(values, text)


def _add_share(values: dict[str, float], name: str, used: int, available: int) -> None:
    """Some file systems count no inodes: then there is no value."""
    if used + available > 0:
        values[name] = 100 * used / (used + available)
