"""File: whether it exists, how large and how old it is."""

from pydantic import TypeAdapter

from monitors.probes.forms import AbsolutePath
from monitors.probes.lanes import Lane

name = "file"
lane = Lane.THREAD
form: TypeAdapter[str] = TypeAdapter(AbsolutePath)
values = {"exists": "boolean", "size_bytes": "size", "age": "duration"}


def title(form: str) -> str:
    return f"{form} exists"
