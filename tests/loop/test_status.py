"""The status says who watches, what is awaited, and which definitions were refused."""

from pathlib import Path

import pytest

from loop.definitions import read
from loop.status import newest_lateness, status
from tests.console import scene
from watchdesk import definition_status, reconciliation_counts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.definitions.faults import Faults
from watchdesk.health import Health


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> scene.Shop:
    return scene.furnish(database, scene.define(tmp_path), SystemClock().now())


def test_nobody_on_duty_is_not_ready(shop: scene.Shop) -> None:
    definitions, _ = read(shop.definitions)
    with shop.database.reading() as session:
        found = status(session, definitions, SystemClock().now())
    assert (found.is_ready, found.shift) == (False, None)
    assert found.tickets_open == 1


def test_a_monitor_without_a_first_result_is_awaited(shop: scene.Shop) -> None:
    scene.go_on_duty(shop.database)
    definitions, _ = read(shop.definitions)
    with shop.database.reading() as session:
        found = status(session, definitions, SystemClock().now())
        assert newest_lateness(session) is None
    assert (found.is_ready, found.awaited) == (False, ("nightly",))
    assert found.monitors == {Health.OK: 1, Health.WARNING: 0, Health.CRITICAL: 1, Health.UNKNOWN: 1}


def test_with_every_monitor_seen_and_a_shift_on_duty_it_is_ready(shop: scene.Shop) -> None:
    shift = scene.go_on_duty(shop.database)
    (shop.definitions / "monitors" / "shop.yaml").write_text(
        "monitors: {own-port: {tcp: '127.0.0.1:9', service: shop}}\n"
    )
    definitions, _ = read(shop.definitions)
    with shop.database.reading() as session:
        found = status(session, definitions, SystemClock().now())
    assert found.is_ready is True
    assert found.shift is not None
    assert found.shift.id == shift


def test_refused_definitions_are_shown_with_their_faults(shop: scene.Shop) -> None:
    now, root = SystemClock().now(), str(shop.definitions)
    (shop.definitions / "monitors" / "bad.yaml").write_text("monitors: {x: {htp: y, service: shop}}\n")
    definitions, faults = read(shop.definitions)
    assert isinstance(faults, Faults)
    with shop.database.writing() as session:
        definition_status.accepted(session, root, "v1", now)
        definition_status.refused(session, root, tuple(faults), now)
    with shop.database.reading() as session:
        found = status(session, definitions, now).definitions
    assert found is not None
    assert (found.version, found.root) == ("v1", root)
    assert "monitors/bad.yaml:1" in found.faults[0]


def test_the_newest_reconciliation_is_shown(shop: scene.Shop) -> None:
    now = SystemClock().now()
    definitions, _ = read(shop.definitions)
    with shop.database.writing() as session:
        reconciliation_counts.keep(session, {"failing_without_ticket": 3, "other": 1}, now)
        reconciliation_counts.keep(session, {"failing_without_ticket": 0}, now)
    with shop.database.reading() as session:
        found = status(session, definitions, now).reconciliation
    assert found == {"failing_without_ticket": 0, "other": 1}
