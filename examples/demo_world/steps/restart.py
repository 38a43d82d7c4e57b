"""Restart one service of the demo through its keeper, and wait until the new process is there.

restart.py FOLDER -- NAME
"""

import os
import sys
import time
from pathlib import Path

PATIENCE_S = 8.0
LOOK_EVERY_S = 0.05


def restart(folder: Path, name: str) -> str:
    """Who runs now, and who did before. Raises OSError when the keeper is not there, TimeoutError when it is slow."""
    pid_file = folder / "run" / f"{name}.pid"
    before = read(pid_file)
    pipe = os.open(folder / "requests", os.O_WRONLY | os.O_NONBLOCK)  # fails when nobody reads
    try:
        os.write(pipe, f"restart {name}\n".encode("ascii"))
    finally:
        os.close(pipe)
    until = time.monotonic() + PATIENCE_S
    while (now := read(pid_file)) in ("", before):
        if time.monotonic() > until:
            message = f"{name} does not run {PATIENCE_S:g} s after it was asked for"
            raise TimeoutError(message)
        time.sleep(LOOK_EVERY_S)
    return f"{name} runs as process {now}; before: {before or 'none'}"


def read(pid_file: Path) -> str:
    try:
        return pid_file.read_text("ascii").strip()
    except OSError:
        return ""


def main(words: list[str]) -> int:
    folder, name = [word for word in words if word != "--"]
    try:
        print(restart(Path(folder), name))  # noqa: T201  a step speaks by printing
    except OSError as error:
        print(f"{name} could not be restarted: {error}")  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
