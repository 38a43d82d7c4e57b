"""Clear a stuck spool: messages that wait too long are moved aside for a person, never deleted."""

import os
import sys
import time
from pathlib import Path

from examples.steps.program import program
from watchdesk.definitions.quantities import parse_duration


def move_stuck(spool: str, aside: str, older_than: str, at_most: str = "10") -> None:
    """Moves ordinary files of `spool` that are older to `aside`, oldest first, and no more than `at_most`.

    Raises ValueError when both are not folders of one file system, or when everything would be moved: then it is
    the consumer that is stuck, not a message.
    """
    source, target = Path(spool), Path(aside)
    if not source.is_dir() or not target.is_dir() or source.is_symlink() or target.is_symlink():
        message = f"{spool} and {aside} must both be folders"
        raise ValueError(message)
    if source.stat().st_dev != target.stat().st_dev:
        message = f"{aside} is on another file system, so a message could be lost half-way"
        raise ValueError(message)
    before = time.time() - parse_duration(older_than).total_seconds()
    waiting = [entry for entry in os.scandir(source) if entry.is_file(follow_symlinks=False)]
    stuck = sorted((entry for entry in waiting if entry.stat().st_mtime < before), key=lambda e: e.stat().st_mtime)
    if len(stuck) == len(waiting) and len(stuck) > int(at_most):
        message = f"all {len(stuck)} messages are old: it is the consumer that is stuck; nothing was moved"
        raise ValueError(message)
    for entry in stuck[: int(at_most)]:
        os.link(entry.path, target / entry.name)  # fails when a message of that name lies there already
        Path(entry.path).unlink()
        print(f"moved {entry.name}")  # noqa: T201  a step speaks by printing
    print(f"{len(stuck)} of {len(waiting)} messages were older than {older_than}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(program(move_stuck, sys.argv[1:]))
