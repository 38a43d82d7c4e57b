"""One set of definitions, read from a directory as a whole: loaded completely or refused with every fault."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from loop.references import check_references
from monitors.definition import load_monitors
from monitors.monitor import Monitor
from runbooks.definition import Runbook, load_runbooks
from watchdesk.calendars import Calendars
from watchdesk.catalogue import Catalogue
from watchdesk.definitions.calendars import load_calendars
from watchdesk.definitions.faults import DefinitionsInvalid, Faults
from watchdesk.definitions.services import load_services

FOLDERS = ("services", "monitors", "runbooks", "calendars")


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """Everything the operations team defined. `version` is a hash of the files' texts."""

    root: Path
    version: str
    catalogue: Catalogue
    calendars: Calendars
    monitors: dict[str, Monitor]
    runbooks: dict[str, Runbook]


def load(root: Path) -> Definitions:
    """The definitions below `root`. Raises DefinitionsInvalid with all faults of all files."""
    definitions, faults = read(root)
    if faults:
        raise DefinitionsInvalid(faults)
    return definitions


def read(root: Path) -> tuple[Definitions, Faults]:
    """What could be read below `root`, and every fault that was found; with faults it is not fit for use."""
    faults = Faults()
    version = version_of(root)
    calendars = load_calendars(root, faults)
    catalogue = load_services(root, faults, calendars)
    monitors = load_monitors(root, catalogue, faults)
    runbooks = load_runbooks(root, faults)
    check_references(root, monitors, runbooks, faults)
    definitions = Definitions(
        root=root, version=version, catalogue=catalogue, calendars=calendars, monitors=monitors, runbooks=runbooks
    )
    return definitions, faults


def version_of(root: Path) -> str:
    """A hash of the names and texts of all definition files below `root`."""
    digest = hashlib.sha256()
    for path in _files(root):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        try:
            digest.update(path.read_bytes() + b"\0")
        except OSError as error:
            digest.update(repr(error).encode())
    return digest.hexdigest()[:16]


def stamp_of(root: Path) -> tuple[tuple[str, int, int], ...]:
    """A cheap sign that something may have changed: name, size and time of every definition file."""
    found = []
    for path in _files(root):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def _files(root: Path) -> list[Path]:
    return sorted(
        path
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.suffix in {".yaml", ".yml", ".py"} and path.is_file()
    )
