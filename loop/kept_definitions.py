"""The last good definitions, kept in the home: a relief can take over while somebody is half-way through an edit."""

import re
import shutil
from pathlib import Path
from tempfile import mkdtemp

import structlog

from loop.definitions import FOLDERS, Definitions, read
from watchdesk.definitions.faults import Faults
from watchdesk.settings import Settings

POINTER = "in-use"
VERSION = re.compile(r"[0-9a-f]{16}")
log = structlog.get_logger(__name__)


class KeptDefinitions:
    """One copy of each version that is in use, below `folder`; a file names the newest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, definitions: Definitions) -> None:
        """Copy them unless that version is kept already; what cannot be written is a warning, never an error."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not (self._folder / definitions.version).is_dir():
                self._copy(definitions)
            self._point_to(definitions.version)
        except OSError as error:
            log.warning("definitions not kept", version=definitions.version, reason=str(error))

    def load(self) -> Definitions | None:
        """The newest that was kept; None without any, or when it is no longer good here."""
        try:
            version = (self._folder / POINTER).read_text("utf-8").strip()
        except OSError:
            return None
        definitions, faults = read(self._folder / version)
        return None if faults or not version else definitions

    def _copy(self, definitions: Definitions) -> None:
        """All or nothing: another process may look, or copy the same version, at the same time."""
        fresh = Path(mkdtemp(dir=self._folder, prefix=".new-"))
        for name in FOLDERS:
            if (definitions.root / name).is_dir():
                shutil.copytree(definitions.root / name, fresh / name)
        try:
            fresh.rename(self._folder / definitions.version)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            if not (self._folder / definitions.version).is_dir():
                raise

    def _point_to(self, version: str) -> None:
        fresh = self._folder / f".{POINTER}-{version}"
        fresh.write_text(version, "utf-8")
        fresh.replace(self._folder / POINTER)
        for other in self._folder.iterdir():
            if VERSION.fullmatch(other.name) and other.name != version and other.is_dir():  # never a folder of people
                shutil.rmtree(other, ignore_errors=True)


def kept_in_home(settings: Settings) -> KeptDefinitions:
    """Where the watch of this home keeps what it uses."""
    return KeptDefinitions(settings.home / "kept-definitions")


def read_or_kept(root: Path, kept: KeptDefinitions | None) -> tuple[Definitions, Faults]:
    """The definitions to show, and the faults of the files below `root`.

    With faults it is the last good version, which the watch goes on with; without one, what could be read.
    """
    found, faults = read(root)
    last_good = kept.load() if faults and kept is not None else None
    return last_good or found, faults
