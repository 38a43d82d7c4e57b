"""Move jobs that nobody can read out of the worker's way, into a folder where a person finds them.

move_aside.py ASIDE -- QUEUE
"""

import json
import sys
from pathlib import Path


def move_aside(queue: Path, aside: Path) -> list[str]:
    """The names of the jobs that were moved; all others stay. Raises OSError when a folder is missing."""
    moved = []
    for job in sorted(queue.iterdir()):
        if job.is_file() and not is_readable(job):
            job.rename(aside / job.name)
            moved.append(job.name)
    return moved


def is_readable(job: Path) -> bool:
    try:
        json.loads(job.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return True


def main(words: list[str]) -> int:
    aside, queue = [Path(word) for word in words if word != "--"]
    try:
        moved = move_aside(queue, aside)
    except OSError as error:
        print(f"nothing was moved: {error}")  # noqa: T201  a step speaks by printing
        return 1
    print(f"moved to {aside}: {', '.join(moved) or 'nothing, as every job can be read'}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
