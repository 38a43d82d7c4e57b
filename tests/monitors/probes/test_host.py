"""Host probes of this very machine."""

import pytest

from monitors.kinds import KINDS
from tests.monitors.probes.looking import item_of, look, services_of


def test_this_machine_is_measured() -> None:
    seen = look("host", "local", wanted=KINDS["host"].values)
    assert set(seen.values) == set(KINDS["host"].values)
    assert 0 <= seen.values["cpu_percent"] <= 100
    assert 0 < seen.values["memory_percent"] < 100
    assert seen.values["uptime"] > 0


def test_only_what_is_wanted_is_measured() -> None:
    assert set(look("host", "local", wanted=["load_per_core"]).values) == {"load_per_core"}


@pytest.mark.parametrize("address", [None, "127.0.0.1", "localhost"])
def test_an_item_on_this_machine_is_measured(address: str | None) -> None:
    seen = look("host", "web-1", services=services_of(items={"web-1": item_of("web-1", address)}))
    assert seen.blind is None
    assert "memory_percent" in seen.values


def test_an_item_elsewhere_is_unknown_and_never_ok() -> None:
    seen = look("host", "web-9", services=services_of(items={"web-9": item_of("web-9", "192.0.2.9")}))
    assert seen.blind is not None
    assert "192.0.2.9" in seen.blind
    assert dict(seen.values) == {}


def test_an_item_that_does_not_exist_is_unknown() -> None:
    assert look("host", "nobody").blind is not None
