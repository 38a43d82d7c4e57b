"""Why a start does not come to an end: a process of ours that dies again and again, and what it says last."""

import re
from collections import Counter
from pathlib import Path

DIED = re.compile(r"event=died child=(\w+)")
OFTEN = 3


def written_since(path: Path, begun_at: int) -> str:
    """What a log got since it was `begun_at` bytes long; what stood there before is of earlier starts."""
    try:
        return path.read_bytes()[begun_at:].decode("utf-8", "replace")
    except OSError as error:
        return f"(not readable: {error.strerror})"


def end_of(text: str, lines: int = 12) -> str:
    return "\n".join(text.splitlines()[-lines:])


def dying(folder: Path, begun_at: int) -> tuple[str, ...]:
    """A sentence for each process that died often since the start, with the last line of its log."""
    deaths = Counter(DIED.findall(written_since(folder / "up.log", begun_at)))
    return tuple(
        f"the process '{name}' has died {count} times; {folder / name}.log ends with: {_last(folder / f'{name}.log')}"
        for name, count in deaths.items()
        if count >= OFTEN
    )


def _last(path: Path) -> str:
    """The last line with words in it: a traceback of several exceptions is framed with signs."""
    lines = [line.strip(" |+-") for line in written_since(path, 0).splitlines()]
    return next((line for line in reversed(lines) if line), "(nothing)")
