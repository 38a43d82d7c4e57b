"""Evidence about one service of the demo: whether its process is there, in which state, since when.

look.py FOLDER -- NAME
"""

import sys
from pathlib import Path

SHOWN = ("Name", "State", "Pid", "PPid", "VmRSS", "Threads")


def look(folder: Path, name: str) -> list[str]:
    """Lines for the transcript."""
    pid_file = folder / "run" / f"{name}.pid"
    try:
        number = pid_file.read_text("ascii").strip()
        status = Path(f"/proc/{number}/status").read_text("utf-8", "replace")
    except OSError as error:
        return [f"{name} has no process: {error.strerror} ({error.filename})"]
    lines = [line for line in status.splitlines() if line.partition(":")[0] in SHOWN]
    return [f"{name} is process {number}", *lines]


def main(words: list[str]) -> int:
    folder, name = [word for word in words if word != "--"]
    print("\n".join(look(Path(folder), name)))  # noqa: T201  a step speaks by printing
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
