"""Definitions are reloaded while running; a faulty new version is refused, visibly, and the old one goes on."""

from pathlib import Path

import pytest

from loop.library import Library
from tests.clock import FrozenClock
from tests.loop.definitions import http_monitor, write
from watchdesk import definition_status
from watchdesk.database import Database
from watchdesk.definitions.faults import DefinitionsInvalid

URL = "http://127.0.0.1:1/"


@pytest.fixture
def library(tmp_path: Path, sqlite: Database, clock: FrozenClock) -> Library:
    write(tmp_path, monitors=http_monitor(URL))
    return Library(tmp_path, sqlite, clock)


def test_a_changed_file_is_in_use_a_second_later(library: Library, tmp_path: Path, clock: FrozenClock) -> None:
    write(tmp_path, monitors=http_monitor(URL, "  second: {http: http://127.0.0.1:2/}\n"))
    assert list(library.current().monitors) == ["web"]
    assert list(library.refresh().monitors) == ["web"]
    clock.advance(1.1)
    assert list(library.current().monitors) == ["web"]
    assert list(library.refresh().monitors) == list(library.current().monitors) == ["web", "second"]


def test_asking_inside_a_transaction_reads_no_file_and_keeps_no_writer_waiting(
    library: Library, tmp_path: Path, clock: FrozenClock, sqlite: Database
) -> None:
    write(tmp_path, monitors=http_monitor(URL, "  second: {http: http://127.0.0.1:2/}\n"))
    clock.advance(1.1)
    with sqlite.writing():
        assert list(library.current().monitors) == ["web"]
    assert list(library.refresh().monitors) == ["web", "second"]


def test_a_faulty_version_is_refused_and_the_old_one_goes_on(
    library: Library, tmp_path: Path, clock: FrozenClock, sqlite: Database
) -> None:
    before = library.current()
    write(tmp_path, monitors=http_monitor(URL, "    evry: 3s\n"))
    clock.advance(1.1)
    assert library.refresh() is before
    with sqlite.reading() as session:
        (status,) = definition_status.status(session)
    assert status.version == before.version
    assert status.refused_at == clock.now()
    assert "did you mean 'every'" in status.faults[0]


def test_a_repaired_version_ends_the_refusal(
    library: Library, tmp_path: Path, clock: FrozenClock, sqlite: Database
) -> None:
    write(tmp_path, monitors=http_monitor(URL, "    evry: 3s\n"))
    clock.advance(1.1)
    library.refresh()
    write(tmp_path, monitors=http_monitor(URL, "    every: 3s\n"))
    clock.advance(1.1)
    library.refresh()
    with sqlite.reading() as session:
        (status,) = definition_status.status(session)
    assert (status.refused_at, status.faults, status.version) == (None, [], library.current().version)


def test_without_a_good_version_nothing_starts(tmp_path: Path, sqlite: Database, clock: FrozenClock) -> None:
    write(tmp_path, monitors="monitors: {a: {htp: x}}")
    with pytest.raises(DefinitionsInvalid, match=r"test.yaml:1:16.*http"):
        Library(tmp_path, sqlite, clock)


def test_a_runbook_that_is_named_on_one_side_only_is_a_fault(
    tmp_path: Path, sqlite: Database, clock: FrozenClock
) -> None:
    write(tmp_path, monitors=http_monitor(URL, "    runbook: restart\n"))
    with pytest.raises(DefinitionsInvalid, match="'restart', which is not defined"):
        Library(tmp_path, sqlite, clock)
