"""Process: how many run under a name or by a pid file, and what they use."""

from typing import Annotated, Self

from pydantic import TypeAdapter, model_validator

from monitors.probes.forms import AbsolutePath, Line, short_for
from monitors.probes.lanes import Lane
from watchdesk.definitions.models import Definition


class ProcessForm(Definition):
    """What stands under `process`: a process name or a pid file, one of both."""

    name: Line | None = None
    pid_file: AbsolutePath | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.name is None) == (self.pid_file is None):
            message = "a process is found either by its name or by a pid file; give one of both"
            raise ValueError(message)
        return self


name = "process"
lane = Lane.THREAD
form: TypeAdapter[ProcessForm] = TypeAdapter(Annotated[ProcessForm, short_for("name", ProcessForm)])
values = {"count": "number", "cpu_percent": "percent", "rss_bytes": "size", "age": "duration", "fds": "number"}


def title(form: ProcessForm) -> str:
    return f"{form.name} runs" if form.name else f"The process of {form.pid_file} runs"
