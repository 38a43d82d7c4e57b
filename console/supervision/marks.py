"""Everything that an `up` started carries its mark in the environment, and is found by it whoever its parent is."""

import contextlib
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import psutil

MARK = "WATCHDESK_UP_ID"
HOME = "WATCHDESK_HOME"
FLOW_RUN = "PREFECT__FLOW_RUN_ID"
LOOK_EVERY_S = 0.05


def of_home(home: Path) -> list[psutil.Process]:
    """The living processes that any `up` of this home started, without this one."""
    me = psutil.Process().pid
    return [
        process
        for process in psutil.process_iter()
        if process.pid != me and _is_of(home, _environment(process)) and is_alive(process)
    ]


def flow_runs(home: Path) -> list[psutil.Process]:
    """Those of them that execute a flow run."""
    return [process for process in of_home(home) if FLOW_RUN in _environment(process)]


def end_flow_runs(home: Path, patience_s: float) -> None:
    """Ask each flow run to end (TERM), also those that begin meanwhile, until there is none or patience runs out.

    Their runner goes on: a flow run says good-bye to it, and one that is told to end kills its runs.
    """
    until, told = time.monotonic() + patience_s, set[int]()
    while (left := flow_runs(home)) and time.monotonic() < until:
        end([process for process in left if process.pid not in told], 0.0)
        told.update(process.pid for process in left)
        time.sleep(LOOK_EVERY_S)


def end(processes: Sequence[psutil.Process], patience_s: float) -> list[psutil.Process]:
    """Ask them to end (TERM), wait, and return those that did not."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    return wait_for(processes, patience_s)


def kill(processes: Iterable[psutil.Process]) -> None:
    """End them without asking (KILL) and wait until they are gone."""
    killed = list(processes)
    for process in killed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_for(killed, 5.0)


def wait_for(processes: Sequence[psutil.Process], patience_s: float) -> list[psutil.Process]:
    """Those that still live after `patience_s`; a zombie has ended."""
    until = time.monotonic() + patience_s
    left = [process for process in processes if is_alive(process)]
    while left and time.monotonic() < until:
        time.sleep(LOOK_EVERY_S)
        left = [process for process in left if is_alive(process)]
    return left


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _is_of(home: Path, environment: dict[str, str]) -> bool:
    return MARK in environment and environment.get(HOME) == str(home)


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}
