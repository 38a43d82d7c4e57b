"""Stands between a worker and a command: limits it, and ends all of it when the worker asks or dies.

Run as a program: launch.py LIFELINE CPU_S FILE_BYTES OPEN_FILES PROGRAM [ARGUMENT...]. LIFELINE is the number of a
pipe's reading end whose writing end only the worker holds. The command runs in a session of its own. SIGTERM here:
its group gets SIGTERM, two seconds, SIGKILL. The worker's death: SIGKILL at once, as another worker may begin again.
Exit codes: the command's own, 128 + n after signal n, 126 and 127 when it could not be started.
"""

import os
import resource
import select
import signal
import sys
import time

GRACE_S = 2.0
CANNOT_EXECUTE, NOT_FOUND = 126, 127


def main(words: list[str]) -> int:
    lifeline, cpu_s, file_bytes, open_files = (int(word) for word in words[:4])
    asked_read, asked_write = os.pipe()
    os.set_blocking(asked_write, False)
    signal.set_wakeup_fd(asked_write)
    for caught in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(caught, lambda *_: None)
    child = os.fork()
    if child == 0:
        _become(words[4:], (cpu_s, file_bytes, open_files), (lifeline, asked_read, asked_write))
    for number in (0, 1, 2):
        os.close(number)
    return _watch(child, lifeline, asked_read)


def _become(argv: list[str], limits: tuple[int, int, int], ours: tuple[int, ...]) -> None:
    signal.set_wakeup_fd(-1)
    for changed in (signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE):
        signal.signal(changed, signal.SIG_DFL)
    for number in ours:
        os.close(number)
    os.setsid()
    kinds = (resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)
    for kind, most in zip(kinds, limits, strict=True):
        _lower(kind, most)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        os.execvp(argv[0], argv)  # noqa: S606  argv from a definition, no shell
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else CANNOT_EXECUTE)


def _lower(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (limit, limit))


def _watch(child: int, lifeline: int, asked: int) -> int:
    ends_at: float | None = None
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        wait_s = None if ends_at is None else max(0.0, ends_at - time.monotonic())
        ready, _, _ = select.select([lifeline, asked], [], [], wait_s)
        if lifeline in ready or (ends_at is not None and time.monotonic() >= ends_at):
            _kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return 128 + signal.SIGKILL
        if asked in ready and signal.SIGTERM in os.read(asked, 512) and ends_at is None:
            _kill(child, signal.SIGTERM)
            ends_at = time.monotonic() + GRACE_S


def _kill(child: int, number: int) -> None:
    try:
        os.killpg(child, number)
    except ProcessLookupError:  # between fork and setsid there is no group of that number yet
        os.kill(child, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
