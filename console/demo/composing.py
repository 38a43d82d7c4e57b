"""One folder of definitions out of two: links to the machine's own, and the demo's with ports and paths filled in.

Filled in here rather than left to the environment, so that every command in every shell reads the same.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

from loop.definitions import FOLDERS
from watchdesk.definitions.documents import VARIABLE

SUFFIXES = frozenset({".yaml", ".yml", ".py"})
OWN, DEMO = "own", "demo"


def compose(target: Path, own: Path, demo: Path, values: Mapping[str, str]) -> None:
    """Make `target` anew: `own` by links, so that a change of a file is noticed; `demo` as texts."""
    shutil.rmtree(target, ignore_errors=True)
    for kind in FOLDERS:
        for path in _files(own / kind):
            link = target / kind / OWN / path.relative_to(own / kind)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())
        for path in _files(demo / kind):
            written = target / kind / DEMO / path.name
            written.parent.mkdir(parents=True, exist_ok=True)
            written.write_text(fill(path.read_text("utf-8"), values), "utf-8")


def take_out(target: Path) -> None:
    """Leave only the machine's own."""
    for kind in FOLDERS:
        shutil.rmtree(target / kind / DEMO, ignore_errors=True)


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` of YAML with the known variables replaced, fit to stand between double quotes; the others stay."""
    quoted = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in values.items()}
    return VARIABLE.sub(lambda found: quoted.get(found.group(1), found.group(0)), text)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
