"""Fixtures for tests of the loop: a small world to repair in."""

from pathlib import Path

import pytest

from tests.clock import FrozenClock
from tests.loop.workshop import Workshop
from watchdesk.database import Database


@pytest.fixture
def workshop(database: Database, clock: FrozenClock, tmp_path: Path) -> Workshop:
    """A shop with an eye on it, on each dialect."""
    return Workshop(database, clock, tmp_path)
