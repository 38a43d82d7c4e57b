"""One set of definitions, read from a directory as a whole: loaded completely or refused with every fault."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from monitors.definition import load_monitors
from monitors.monitor import Monitor
from runbooks.definition import Runbook, load_runbooks
from watchdesk.calendars import Calendars
from watchdesk.catalogue import Catalogue
from watchdesk.definitions.calendars import load_calendars
from watchdesk.definitions.faults import DefinitionsInvalid, Faults
from watchdesk.definitions.services import load_services
from watchdesk.spelling import did_you_mean

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
    _match_both_ways(monitors, runbooks, faults)
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


def _match_both_ways(monitors: dict[str, Monitor], runbooks: dict[str, Runbook], faults: Faults) -> None:
    """A monitor names its runbook and the runbook names the monitor, or it is a fault on the side that speaks."""
    for monitor in monitors.values():
        if monitor.runbook is None:
            continue
        runbook = runbooks.get(monitor.runbook)
        if runbook is None:
            hint = did_you_mean(monitor.runbook, runbooks)
            message = f"monitor '{monitor.id}' names the runbook '{monitor.runbook}', which is not defined{hint}"
            faults.add(monitor.place, message, "D020")
        elif monitor.id not in runbook.match.monitors:
            message = (
                f"monitor '{monitor.id}' names the runbook '{runbook.id}', whose match does not name the monitor; "
                f"add it to match.monitors in {runbook.place.file}"
            )
            faults.add(monitor.place, message, "D021")
    for runbook in runbooks.values():
        _check_matches(runbook, monitors, faults)


def _check_matches(runbook: Runbook, monitors: dict[str, Monitor], faults: Faults) -> None:
    for name in runbook.match.monitors:
        monitor = monitors.get(name)
        if monitor is None:
            hint = did_you_mean(name, monitors)
            message = f"runbook '{runbook.id}' matches the monitor '{name}', which is not defined{hint}"
            faults.add(runbook.place, message, "D022")
        elif monitor.runbook != runbook.id:
            message = (
                f"runbook '{runbook.id}' matches the monitor '{name}', which does not name it; "
                f"write 'runbook: {runbook.id}' there ({monitor.place})"
            )
            faults.add(runbook.place, message, "D023")
