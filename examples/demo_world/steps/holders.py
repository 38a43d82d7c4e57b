"""Who holds a file open, from /proc; with `end`, the demo's forgotten report among them is ended.

    holders.py look|end -- FILE

Only a process that holds this very file and runs the demo's report.py is ever ended.
"""

import os
import signal
import sys
from pathlib import Path

ENDED_ONLY = str(Path(__file__).resolve().parents[1] / "report.py")


def holders(file: Path) -> dict[int, list[str]]:
    """Process numbers with the words of their commands."""
    wanted = os.stat(file)  # noqa: PTH116  compared with what descriptors lead to
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _holds(process, wanted):
            found[int(process.name)] = _words(process)
    return found


def end(file: Path) -> list[int]:
    """End the reports that hold the file; their numbers."""
    chosen = [number for number, words in holders(file).items() if ENDED_ONLY in words]
    for number in chosen:
        os.kill(number, signal.SIGTERM)
    return chosen


def _holds(process: Path, wanted: os.stat_result) -> bool:
    try:
        return any(os.path.samestat(descriptor.stat(), wanted) for descriptor in (process / "fd").iterdir())
    except OSError:  # it ended meanwhile, or it is not ours to look at
        return False


def _words(process: Path) -> list[str]:
    try:
        return (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return []


def main(words: list[str]) -> int:
    verb, file = words[0], Path(words[-1])
    try:
        if verb == "end":
            print(f"ended: {', '.join(map(str, end(file))) or 'nobody, as no report holds it'}")  # noqa: T201
        else:
            lines = [f"process {number}: {' '.join(found).strip()}" for number, found in holders(file).items()]
            print("\n".join(lines) or f"nobody holds {file}")  # noqa: T201  a step speaks by printing
    except OSError as error:
        print(f"{file} cannot be looked at: {error}")  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
