"""While the files of the definitions are faulty, people see the monitors that are watched: the last good version's."""

from collections.abc import Callable

import pytest

from console.cli.exits import Exit
from console.http.desk import Shelf
from loop.definitions import load
from loop.kept_definitions import kept_in_home
from tests.clock import FrozenClock
from tests.console.conftest import Answer
from tests.console.scene import Shop
from watchdesk.settings import read_settings

Run = Callable[..., Answer]


@pytest.fixture
def faulty(shop: Shop) -> Shop:
    """The shop, whose good definitions were kept before somebody mistyped the defaults of its monitors."""
    kept_in_home(read_settings()).keep(load(shop.definitions))
    path = shop.definitions / "monitors" / "shop.yaml"
    path.write_text(path.read_text("utf-8").replace("every: 1s", "evry: 1s"), "utf-8")
    return shop


@pytest.mark.usefixtures("faulty")
def test_a_mistyped_file_takes_no_monitor_off_the_list(run: Run) -> None:
    answer = run("monitors", "list", "-o", "json")
    assert answer.code == Exit.OK
    assert {row["id"]: row["health"] for row in answer.json}["shop-web"] == "critical"
    assert "1 fault below" in answer.err


@pytest.mark.usefixtures("faulty")
def test_the_status_goes_on_counting_the_monitors_that_are_watched(run: Run) -> None:
    assert sum(run("status", "-o", "json").json["monitors"].values()) == 3


def test_the_console_shows_the_last_good_version_too(faulty: Shop, clock: FrozenClock) -> None:
    shelf = Shelf(faulty.definitions, clock, kept_in_home(read_settings()))
    assert "shop-web" in shelf.current().monitors
