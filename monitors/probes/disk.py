"""Disk: how full a file system is."""

from pydantic import TypeAdapter

from monitors.probes.forms import AbsolutePath
from monitors.probes.lanes import Lane

name = "disk"
lane = Lane.THREAD
form: TypeAdapter[str] = TypeAdapter(AbsolutePath)
values = {"used_percent": "percent", "free_bytes": "size", "inodes_used_percent": "percent"}


def title(form: str) -> str:
    return f"{form} has room"
