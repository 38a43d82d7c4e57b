"""Processes held by a file descriptor of the kernel, so that a number used again is never hit by mistake."""

import os
import select
import signal
from pathlib import Path


def hold(pid: int) -> int | None:
    """A descriptor of the process; None when there is none of that number."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def name_of(pid: int) -> str:
    """The program's name as the kernel has it, at most 15 characters; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def words_of(pid: int) -> list[str]:
    """The command line; empty when the process is gone."""
    try:
        return [
            word.decode(errors="replace") for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if word
        ]
    except OSError:
        return []


def end(descriptor: int, patience_s: float) -> str:
    """Ask the process to end, then end it. Returns how it went, in words."""
    for number, wait_s in ((signal.SIGTERM, patience_s), (signal.SIGKILL, 5.0)):
        try:
            signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return "it had ended already"
        if select.select([descriptor], [], [], wait_s)[0]:
            return f"ended by {number.name}"
    message = "it does not end even by SIGKILL; it waits inside the kernel"
    raise OSError(message)
