"""What prefect.yaml promises: module entry points, a watch that nothing can block, flows that are asynchronous."""

import inspect
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.flows import Flow, load_flow_from_entrypoint

from flows.deployments import ROOT, WATCH, read_deployments

ENTRIES: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry["name"]))
def test_an_entry_point_is_a_module_and_its_flow_is_asynchronous(entry: dict[str, Any]) -> None:
    module, _, name = entry["entrypoint"].partition(":")
    assert module.startswith("flows.")
    assert Path(module).suffix != ".py"
    flow: Flow[..., Any] = load_flow_from_entrypoint(entry["entrypoint"], use_placeholder_flow=False)
    assert flow.fn.__name__ == name
    assert inspect.iscoroutinefunction(flow.fn)


def test_the_watch_has_no_limit_behind_which_a_ghost_could_blind_it() -> None:
    watch = next(entry for entry in ENTRIES if entry["name"] == WATCH.partition("/")[2])
    assert "concurrency_limit" not in watch
    assert watch["schedules"]


def test_a_runner_serves_exactly_what_workers_would() -> None:
    served = read_deployments()
    assert [(found.name, found.entrypoint) for found in served] == [(e["name"], e["entrypoint"]) for e in ENTRIES]
    for found, entry in zip(served, ENTRIES, strict=True):
        assert len(found.schedules or ()) == len(entry.get("schedules", ()))
        assert found.parameters == entry.get("parameters", {})
        assert (found.concurrency_limit is not None) == ("concurrency_limit" in entry)
