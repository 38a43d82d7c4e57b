"""How full a folder is, of the size it may have, in the manner of a Nagios plugin.

    check_folder.py LIMIT_BYTES -- FOLDER

Exit codes: 0 below 80 %, 1 below 90 %, 2 from there on, 3 when it cannot be told.
"""

import sys
from pathlib import Path

WARNING, CRITICAL = 80.0, 90.0
WORDS = ("OK", "WARNING", "CRITICAL")


def check(folder: Path, limit_bytes: int) -> tuple[int, str]:
    """Exit code and what to say."""
    used = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    percent = 100 * used / limit_bytes
    code = (percent >= WARNING) + (percent >= CRITICAL)
    text = f"{WORDS[code]} - {percent:.0f} % of {limit_bytes >> 20} MiB used"
    return code, f"{text} | used={percent:.1f}%;{WARNING:g};{CRITICAL:g};0;100"


def main(words: list[str]) -> int:
    limit, folder = [word for word in words if word != "--"]
    try:
        code, text = check(Path(folder), int(limit))
    except OSError as error:
        code, text = 3, f"UNKNOWN - {error}"
    print(text)  # noqa: T201  a plugin speaks by printing
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
