"""File: whether it exists, how large and how old it is."""

import os

from pydantic import TypeAdapter

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.forms import AbsolutePath
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look, seconds
from monitors.services_for_probes import ProbeServices

name = "file"
lane = Lane.THREAD
form: TypeAdapter[str] = TypeAdapter(AbsolutePath)
values = {"exists": "boolean", "size_bytes": "size", "age": "duration"}


def title(form: str) -> str:
    return f"{form} exists"


def probe(monitor: Monitor, services: ProbeServices) -> Observation:
    """Looks at the file. A missing one is a failure, unless a condition speaks of `exists`."""
    look = Look(monitor, services)
    path: str = monitor.form
    try:
        found = os.stat(path)  # noqa: PTH116  a path of the target, not of ours
    except (FileNotFoundError, NotADirectoryError):
        if "exists" in monitor.wanted:
            return look.saw({"exists": False}, f"{path} does not exist")
        return look.failed(f"{path} does not exist")
    except PermissionError as error:
        return look.blind(f"{path}: {error.strerror}")
    except OSError as error:
        return look.stumbled(error, path)
    age_s = look.at - found.st_mtime
    values = {"exists": True, "size_bytes": found.st_size, "age": age_s}
    return look.saw(values, f"{path}: {found.st_size} bytes, changed {seconds(age_s)} ago")
