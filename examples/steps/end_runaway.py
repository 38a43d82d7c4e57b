"""End a runaway process: of an allowed name, really busy for a while, and never by a number that was used again."""

import os
import sys
import time
from pathlib import Path

from examples.steps.processes import end, hold, name_of
from examples.steps.program import program

NEVER = {"init", "systemd", "sshd", "postgres", "mysqld", "dockerd", "containerd", "kubelet", "python", "python3"}
TICKS = os.sysconf("SC_CLK_TCK")


def end_runaway(name: str, busier_than_percent: str, for_s: str = "5", patience_s: str = "30") -> None:
    """Ends every process called `name` that uses more CPU than allowed during the whole of `for_s` seconds.

    Percent are of one core. Raises ValueError for a name that must never be ended, and for process 1.
    """
    if name in NEVER:
        message = f"'{name}' is never ended by this step"
        raise ValueError(message)
    held = {pid: descriptor for pid in _called(name) if (descriptor := hold(pid)) is not None}
    try:
        for pid in _busy(list(held), float(busier_than_percent), float(for_s)):
            print(f"{name} {pid}: {end(held[pid], float(patience_s))}")  # noqa: T201  a step speaks by printing
        print(f"{len(held)} called {name} were looked at")  # noqa: T201
    finally:
        for descriptor in held.values():
            os.close(descriptor)


def _called(name: str) -> list[int]:
    found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [pid for pid in found if pid not in {1, os.getpid(), os.getppid()} and name_of(pid) == name[:15]]


def _busy(pids: list[int], percent: float, for_s: float) -> list[int]:
    """Those above the limit in each of three parts of the time: a moment's work is no runaway."""
    for _ in range(3):
        before, began = {pid: _cpu_s(pid) for pid in pids}, time.monotonic()
        time.sleep(for_s / 3)
        took = time.monotonic() - began
        pids = [pid for pid in pids if (_cpu_s(pid) - before[pid]) / took * 100 > percent]
    return pids


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


if __name__ == "__main__":
    sys.exit(program(end_runaway, sys.argv[1:]))
