"""Delete the temporary files of a folder: ordinary files that end with .tmp, directly in it, and nothing else.

empty_folder.py -- FOLDER
"""

import os
import sys
from pathlib import Path

SUFFIX = ".tmp"


def empty_folder(folder: Path) -> str:
    """What was deleted. Raises OSError when it is no folder, or a link to one."""
    if folder.is_symlink():
        message = f"{folder} is a link; nothing is deleted behind links"
        raise OSError(message)
    with os.scandir(folder) as entries:
        chosen = [found for found in entries if found.name.endswith(SUFFIX) and found.is_file(follow_symlinks=False)]
    freed = sum(found.stat(follow_symlinks=False).st_size for found in chosen)
    for found in chosen:
        Path(found.path).unlink(missing_ok=True)
    return f"{len(chosen)} temporary files deleted, {freed / 2**20:.1f} MiB freed"


def main(words: list[str]) -> int:
    try:
        print(empty_folder(Path(words[-1])))  # noqa: T201  a step speaks by printing
    except OSError as error:
        print(f"nothing was deleted: {error}")  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
