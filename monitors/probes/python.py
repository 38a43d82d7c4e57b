"""Python: a function that looks for itself and returns what it saw."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from monitors.probes.lanes import Lane

Reference = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]

name = "python"
lane = Lane.THREAD
form: TypeAdapter[str] = TypeAdapter(Reference)
values = {"*": "json"}


def title(form: str) -> str:
    return f"{form} is satisfied"
