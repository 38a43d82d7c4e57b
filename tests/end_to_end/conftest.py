"""A whole Watchdesk for each test that starts one itself, and one that all tests of a module share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.whole import Desk, a_desk, until


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """One of the test's own, not started."""
    with a_desk(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One that is up, for all tests of a module."""
    with a_desk(tmp_path_factory.mktemp("running")) as found:
        found.up()
        yield found


@pytest.fixture
def peaceful(running: Desk) -> Desk:
    """The running one, when every process is there and nothing is open."""
    until(running.is_at_peace, running)
    return running
