"""A relief takes over with the last good definitions while the files are faulty, and says which faults they have."""

from pathlib import Path

import pytest

from loop.kept_definitions import KeptDefinitions
from loop.library import Library
from tests.clock import FrozenClock
from tests.loop.definitions import http_monitor, write
from watchdesk import definition_status
from watchdesk.database import Database
from watchdesk.definitions.faults import DefinitionsInvalid

URL = "http://127.0.0.1:1/"


@pytest.fixture
def kept(tmp_path: Path) -> KeptDefinitions:
    return KeptDefinitions(tmp_path / "kept")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "desk").mkdir()
    write(tmp_path / "desk", monitors=http_monitor(URL))
    return tmp_path / "desk"


def test_a_relief_begins_with_the_last_good_version_and_tells_the_faults(
    root: Path, kept: KeptDefinitions, sqlite: Database, clock: FrozenClock
) -> None:
    good = Library(root, sqlite, clock, kept).current()
    write(root, monitors=http_monitor(URL, "    evry: 3s\n"))
    relief = Library(root, sqlite, clock, kept).current()
    assert relief.version == good.version
    assert list(relief.monitors) == list(good.monitors)
    with sqlite.reading() as session:
        (status,) = definition_status.status(session)
    assert status.root == str(root)
    assert "did you mean 'every'" in status.faults[0]


def test_repaired_files_replace_what_was_kept(
    root: Path, kept: KeptDefinitions, sqlite: Database, clock: FrozenClock, tmp_path: Path
) -> None:
    Library(root, sqlite, clock, kept)
    write(root, monitors=http_monitor(URL, "  second: {http: http://127.0.0.1:2/}\n"))
    newest = Library(root, sqlite, clock, kept).current()
    found = kept.load()
    assert found is not None
    assert found.version == newest.version
    assert len([path for path in (tmp_path / "kept").iterdir() if path.is_dir()]) == 1


def test_without_anything_kept_faulty_files_are_refused(
    root: Path, kept: KeptDefinitions, sqlite: Database, clock: FrozenClock
) -> None:
    write(root, monitors=http_monitor(URL, "    evry: 3s\n"))
    with pytest.raises(DefinitionsInvalid):
        Library(root, sqlite, clock, kept)


def test_a_home_that_cannot_be_written_does_not_keep_the_watch_from_beginning(
    root: Path, sqlite: Database, clock: FrozenClock
) -> None:
    library = Library(root, sqlite, clock, KeptDefinitions(Path("/proc/nowhere")))
    assert list(library.current().monitors) == ["web"]


def test_nothing_but_older_kept_versions_is_ever_deleted(
    root: Path, tmp_path: Path, sqlite: Database, clock: FrozenClock
) -> None:
    """Even in a folder that people use: their definitions beside the kept ones stay."""
    kept = KeptDefinitions(root)
    first = Library(root, sqlite, clock, kept).current()
    (tmp_path / "desk" / "services" / "notes.txt").write_text("ours")
    write(root, monitors=http_monitor(URL, "    every: 3s\n"))
    second = Library(root, sqlite, clock, kept).current()
    assert first.version != second.version
    assert {p.name for p in root.iterdir() if p.is_dir()} == {"services", "monitors", second.version}
    assert (root / "services" / "notes.txt").read_text() == "ours"
