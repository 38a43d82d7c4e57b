"""`prefect deploy --all` hands the same deployments to the workers of a pool, and a worker executes them."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun

from console.supervision.environment import environment_for
from flows.deployments import ROOT
from watchdesk.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def prefect(home: Settings, *words: str) -> str:
    environment = environment_for(home, "tests") | {"WATCHDESK_ROOT": str(ROOT), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def begin(deployment: str, key: str) -> FlowRun:
    async with get_client() as client:
        found = await client.read_deployment_by_name(deployment)
        return await client.create_flow_run_from_deployment(found.id, idempotency_key=key)


async def read(run: FlowRun) -> FlowRun:
    async with get_client() as client:
        return await client.read_flow_run(run.id)


def test_all_deployments_are_deployed_and_a_worker_executes_one_to_its_end(home: Settings, tmp_path: Path) -> None:
    prefect(home, "work-pool", "create", "watchdesk", "--type", "process", "--overwrite")
    told = prefect(home, "deploy", "--all")
    for name in ("shift/watch", "report/weekly", "housekeep/hourly", "remediation/again"):
        assert name in told.replace("\n", "")
    run = asyncio.run(begin("housekeep/hourly", tmp_path.name))
    environment = environment_for(home, "tests") | {"WATCHDESK_ROOT": str(ROOT)}
    environment.pop("PYTHONPATH", None)  # the pull step alone must do
    worker = subprocess.Popen(
        [sys.executable, "-m", "prefect", "worker", "start", "--pool", "watchdesk", "--run-once"],
        cwd=tmp_path,
        env=environment | {"HOME": os.environ.get("HOME", "/")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output, _ = worker.communicate()
    while not (found := asyncio.run(read(run)).state) or not found.is_final():
        time.sleep(0.2)
    assert found.is_completed(), output
    assert "steps of folding" in str(found.message)
