"""Restart the process that a pid file names: end it, if it is the one that is meant, and start it afresh."""

import os
import subprocess
import sys
import time
from pathlib import Path

from examples.steps.processes import end, hold, words_of
from examples.steps.program import program

SETTLE_S = 0.5


def restart_process(pid_file: str, program_file: str, arguments: str = "", patience_s: str = "10") -> None:
    """Ends the process of `pid_file` when it runs `program_file`, and starts `program_file` in a session of its own.

    `arguments` stand one to a line. The pid file is written anew, whole. Raises ValueError when the number in the
    file belongs to another program: a pid file that was left behind must not end a stranger.
    """
    if not Path(program_file).is_file():
        message = f"{program_file} is not a file"
        raise ValueError(message)
    print(_end_old(Path(pid_file), program_file, float(patience_s)))  # noqa: T201  a step speaks by printing
    process = subprocess.Popen(
        [program_file, *[word for word in arguments.split("\n") if word]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    time.sleep(SETTLE_S)
    if process.poll() is not None:
        message = f"{program_file} ended at once with {process.returncode}"
        raise OSError(message)
    _write_whole(Path(pid_file), f"{process.pid}\n")
    print(f"started as {process.pid}")  # noqa: T201


def _end_old(pid_file: Path, program_file: str, patience_s: float) -> str:
    try:
        pid = int(pid_file.read_text())
    except FileNotFoundError:
        return "no pid file, so nothing to end"
    descriptor = hold(pid)
    if descriptor is None:
        return f"process {pid} is gone already"
    try:
        words = words_of(pid)
        if words and program_file not in words[:2]:
            message = f"process {pid} of {pid_file} runs {words[0]}, not {program_file}; nothing was ended"
            raise ValueError(message)
        return f"process {pid}: {end(descriptor, patience_s)}"
    finally:
        os.close(descriptor)


def _write_whole(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.replace(path)


if __name__ == "__main__":
    sys.exit(program(restart_process, sys.argv[1:]))
