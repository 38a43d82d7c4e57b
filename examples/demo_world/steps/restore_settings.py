"""Put the last good settings in the place of the present ones, whole.

restore_settings.py GOOD -- SETTINGS
"""

import json
import sys
from pathlib import Path


def restore(good: Path, settings: Path) -> str:
    """What was there and what is there now. Raises OSError or ValueError when the good ones cannot be used."""
    text = good.read_text("utf-8")
    json.loads(text)
    before = settings.read_text("utf-8") if settings.exists() else "nothing"
    fresh = settings.with_suffix(".new")
    fresh.write_text(text, "utf-8")
    fresh.replace(settings)
    return f"before: {before.strip()}\nnow: {text.strip()}"


def main(words: list[str]) -> int:
    good, settings = [Path(word) for word in words if word != "--"]
    try:
        print(restore(good, settings))  # noqa: T201  a step speaks by printing
    except (OSError, ValueError) as error:
        print(f"nothing was restored: {error}")  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
