"""Plugin: any program that speaks the Nagios plugin interface."""

from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter

from monitors.probes.lanes import Lane

Argument = Annotated[str, StringConstraints(max_length=65536, pattern=r"^[^\x00]*$")]

name = "plugin"
lane = Lane.PROCESS
form: TypeAdapter[tuple[str, ...]] = TypeAdapter(Annotated[tuple[Argument, ...], Field(min_length=1)])
values = {"exit_code": "number", "text": "text", "perf": "mapping"}


def title(form: tuple[str, ...]) -> str:
    return f"{form[0].rpartition('/')[2]} is satisfied"
