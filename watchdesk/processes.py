"""Processes named so that a number used twice by the kernel is never taken for the same process."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

SAME_START_S = 0.05  # the kernel counts starts in hundredths of a second


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessName:
    """One process: the table of processes it stands in, its number there, and its start in seconds since the epoch."""

    host: str
    pid: int
    started: float


def this_host() -> str:
    """The host name, with the boot and the namespace in which process numbers mean something."""
    boot = _words("/proc/sys/kernel/random/boot_id")[:8]
    try:
        namespace = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        namespace = ""
    return "/".join(part for part in (socket.gethostname(), boot, namespace) if part)


def this_process() -> ProcessName:
    return ProcessName(host=this_host(), pid=os.getpid(), started=psutil.Process().create_time())


def is_provably_dead(process: ProcessName) -> bool:
    """Whether the process stood in this very table of processes and is there no more, or only as a zombie.

    False when it may live: on another host nothing can be proved from here.
    """
    if process.host != this_host():
        return False
    try:
        found = psutil.Process(process.pid)
        is_same = abs(found.create_time() - process.started) <= SAME_START_S
        return not is_same or found.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _words(path: str) -> str:
    try:
        return Path(path).read_text("ascii").strip()
    except OSError:
        return ""
