"""The definitions of an `up --demo`: the machine's own and the demo's, as one set."""

from pathlib import Path

import pytest

from console.demo.breaking import FAULTS, fault
from console.demo.composing import compose, fill, take_out
from console.demo.layout import GATEWAY, SHIPPED, WEB, Layout, is_watched, keeper, variables
from console.demo.past_plan import SAYS
from console.demo.ports import choose
from console.demo.setting_up import set_up
from console.supervision.children import programs
from loop.definitions import Definitions, load
from runbooks.model import TrustLevel
from tests.clock import FrozenClock
from watchdesk.errors import NotFound
from watchdesk.settings import Settings

OWN = "services:\n  mine: {title: Mine, owner: me}\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Definitions of the machine's own."""
    folder = tmp_path / "own"
    (folder / "services" / "deep").mkdir(parents=True)
    (folder / "services" / "deep" / "mine.yaml").write_text(OWN)
    return folder


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """In a home with a name that YAML would stumble over unquoted."""
    folder = tmp_path / 'a "home": #1' / "demo"
    folder.mkdir(parents=True)
    return Layout(folder)


@pytest.fixture
def composed(layout: Layout, own: Path) -> Layout:
    ports = {service: 40_000 + place for place, service in enumerate((*WEB, GATEWAY))}
    compose(layout.definitions, own, SHIPPED, variables(layout, ports))
    return layout


@pytest.fixture(scope="module")
def shipped() -> Definitions:
    return load(SHIPPED)


def test_both_are_watched(composed: Layout) -> None:
    services = load(composed.definitions).catalogue.services
    assert "mine" in services
    assert "demo-webshop" in services


def test_ports_and_folders_are_filled_in_so_that_every_shell_reads_the_same(composed: Layout) -> None:
    monitors = load(composed.definitions).monitors
    assert str(monitors["demo-shop"].form.url) == "http://127.0.0.1:40000/health"
    assert monitors["demo-backup"].form == str(composed.backup)


def test_a_change_of_the_machines_own_is_seen(composed: Layout, own: Path) -> None:
    (own / "services" / "deep" / "mine.yaml").write_text(OWN + "  more: {owner: me}\n")
    assert "more" in load(composed.definitions).catalogue.services


def test_taken_out_only_the_machines_own_is_left(composed: Layout) -> None:
    take_out(composed.definitions)
    left = load(composed.definitions)
    assert list(left.catalogue.services) == ["mine"]
    assert left.monitors == {}
    assert left.runbooks == {}


def test_variables_of_others_are_left_alone() -> None:
    assert fill("${PATH} ${params.name} ${DEMO_X:-1}", {"DEMO_X": "2"}) == "${PATH} ${params.name} 2"


def test_everything_of_the_demo_is_called_so_and_tagged(shipped: Definitions) -> None:
    names = [*shipped.monitors, *shipped.runbooks, *shipped.catalogue.services, *shipped.catalogue.items]
    assert [name for name in names if not name.startswith("demo-")] == []
    assert [monitor.id for monitor in shipped.monitors.values() if monitor.tags.get("demo") != "true"] == []


def test_every_monitor_of_the_demo_has_a_past(shipped: Definitions) -> None:
    assert shipped.monitors.keys() == SAYS.keys()


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_asks_for_approval_exactly_when_its_runbook_does(shipped: Definitions, name: str) -> None:
    monitor = shipped.monitors[FAULTS[name].monitor]
    runbook = shipped.runbooks.get(monitor.runbook or "")
    assert FAULTS[name].needs_approval == (runbook is not None and runbook.trust.level is TrustLevel.APPROVE)


def test_only_what_nobody_can_see_has_no_runbook(shipped: Definitions) -> None:
    unrepaired = [name for name, fault in FAULTS.items() if shipped.monitors[fault.monitor].runbook is None]
    assert unrepaired == ["html"]


def test_all_nine_faults_are_there() -> None:
    wanted = "process hang disk certificate heartbeat html slow database chain"
    assert list(FAULTS) == wanted.split()


def test_an_unknown_fault_is_named_with_the_nearest_one() -> None:
    with pytest.raises(NotFound, match="certificate"):
        fault("certficate")


def test_ports_differ_stay_and_make_way(tmp_path: Path) -> None:
    names = [f"service-{number}" for number in range(20)]
    first = choose(tmp_path / "ports.json", names)
    assert len(set(first.values())) == 20
    assert choose(tmp_path / "ports.json", names) == first


def test_set_up_below_the_home_and_watched_with_a_keeper(tmp_path: Path, own: Path, clock: FrozenClock) -> None:
    settings = Settings(home=tmp_path / "home", definitions=own)
    assert keeper(settings) is None
    wanted = set_up(settings, clock)
    assert is_watched(wanted)
    assert "mine" in load(wanted.definitions or own).catalogue.services
    assert [program.name for program in programs(wanted)] == ["prefect", "flows", "console", "demo"]
    assert [program.name for program in programs(settings)] == ["prefect", "flows", "console"]


def test_set_up_twice_it_does_not_swallow_itself(tmp_path: Path, clock: FrozenClock) -> None:
    once = set_up(Settings(home=tmp_path / "home"), clock)
    again = set_up(once, clock)
    assert load(again.definitions or tmp_path).monitors.keys() == load(once.definitions or tmp_path).monitors.keys()
    assert "machine" in load(again.definitions or tmp_path).monitors
