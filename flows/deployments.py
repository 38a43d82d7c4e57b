"""The deployments that prefect.yaml defines, for a runner that serves them on this machine."""

from pathlib import Path
from typing import Any

import yaml
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.schedules import Cron, Interval, Schedule

ROOT = Path(__file__).resolve().parents[1]
WATCH = "shift/watch"


def read_deployments(path: Path = ROOT / "prefect.yaml") -> tuple[RunnerDeployment, ...]:
    """One deployment for each entry of the file, in its order; work pools and pull steps are for workers only."""
    entries = yaml.safe_load(path.read_text("utf-8"))["deployments"]
    return tuple(_deployment(entry) for entry in entries)


def _deployment(entry: dict[str, Any]) -> RunnerDeployment:
    flow: Flow[..., Any] = load_flow_from_entrypoint(entry["entrypoint"], use_placeholder_flow=False)
    limit = entry.get("concurrency_limit")
    deployment = RunnerDeployment.from_flow(
        flow,
        name=entry["name"],
        description=entry["description"],
        tags=entry["tags"],
        parameters=entry.get("parameters", {}),
        schedules=[_schedule(schedule) for schedule in entry.get("schedules", [])],
        concurrency_limit=ConcurrencyLimitConfig.model_validate(limit) if limit else None,
    )
    return deployment.model_copy(update={"entrypoint": entry["entrypoint"], "path": str(ROOT)})


def _schedule(entry: dict[str, Any]) -> Schedule:
    if "interval" in entry:
        return Interval(entry["interval"])
    return Cron(entry["cron"], timezone=entry["timezone"])
