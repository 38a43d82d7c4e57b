"""Process: how many run under a name or by a pid file, and what they use."""

import time
from pathlib import Path
from typing import Annotated, Any, Self

import psutil
from pydantic import TypeAdapter, model_validator

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.forms import AbsolutePath, Line, short_for
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look
from monitors.services_for_probes import ProbeServices
from watchdesk.definitions.models import Definition

BUSY_SPAN_S = 0.2  # processor time is measured over this time
CLOCK_SLACK_S = 2.0  # a start time is known to the clock tick, a pid file's to the file system's


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
is_blind_when_late = True  # it measures this machine, which answers nobody then
form: TypeAdapter[ProcessForm] = TypeAdapter(Annotated[ProcessForm, short_for("name", ProcessForm)])
values = {"count": "number", "cpu_percent": "percent", "rss_bytes": "size", "age": "duration", "fds": "number"}


def title(form: ProcessForm) -> str:
    return f"{form.name} runs" if form.name else f"The process of {form.pid_file} runs"


def probe(monitor: Monitor, services: ProbeServices) -> Observation:
    """Finds the processes and adds up what they use. None at all is a failure, unless `count` is expected."""
    look = Look(monitor, services)
    form: ProcessForm = monitor.form
    try:
        found = _by_name(form.name) if form.name is not None else _by_pid_file(Path(form.pid_file or ""))
    except PermissionError as error:
        return look.blind(f"{form.pid_file}: {error.strerror}")
    except (OSError, ValueError) as error:
        return look.blind(f"{form.pid_file} cannot be read: {error}")
    if not found and "count" not in monitor.wanted:
        return look.failed(f"no process {form.name or f'of {form.pid_file}'} runs")
    values = {"count": len(found)} | (_use_of(found, look) if found else {})
    return look.saw(values, f"{len(found)} running", suggested="ok" if found else "critical")


def _by_name(name: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _is_alive(process) and _name_of(process) == name]


def _by_pid_file(path: Path) -> list[psutil.Process]:
    """The process whose number stands in the file; none when that number has gone to a younger process."""
    try:
        pid = int(path.read_text("ascii").split(maxsplit=1)[0])
        written_at = path.stat().st_mtime
        process = psutil.Process(pid)
        is_it = _is_alive(process) and process.create_time() <= written_at + CLOCK_SLACK_S
    except (FileNotFoundError, IndexError, psutil.NoSuchProcess):
        return []
    return [process] if is_it else []


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.Error:
        return False


def _name_of(process: psutil.Process) -> str | None:
    try:
        return process.name()
    except psutil.Error:
        return None


def _use_of(processes: list[psutil.Process], look: Look) -> dict[str, Any]:
    """Sums; `age` is the oldest one's. What this user may not see, or what ended meanwhile, is left out."""
    values: dict[str, Any] = {}
    wanted = look.monitor.wanted
    try:
        values["rss_bytes"] = sum(process.memory_info().rss for process in processes)
        values["age"] = look.at - min(process.create_time() for process in processes)
        if "cpu_percent" in wanted:
            values["cpu_percent"] = _cpu_percent(processes)
        if "fds" in wanted:
            values["fds"] = sum(process.num_fds() for process in processes)
    except psutil.Error:
        return values
    return values


def _cpu_percent(processes: list[psutil.Process]) -> float:
    """Of one core: two busy threads are 200."""
    before_s, began = _cpu_seconds(processes), time.monotonic()
    time.sleep(BUSY_SPAN_S)
    return 100 * (_cpu_seconds(processes) - before_s) / (time.monotonic() - began)


def _cpu_seconds(processes: list[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (process.cpu_times() for process in processes))
