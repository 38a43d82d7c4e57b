"""A flow executed in a process of its own, as Prefect does it: what its client leaves open ends with that process."""

import json
import subprocess
import sys
from typing import Any

from console.supervision.environment import environment_for
from flows.deployments import ROOT
from watchdesk.settings import Settings

PROGRAM = """
import asyncio, json, sys
from prefect.flows import load_flow_from_entrypoint
async def run():
    flow = load_flow_from_entrypoint(sys.argv[1], use_placeholder_flow=False)
    state = await flow(**json.loads(sys.argv[2]), return_state=True)
    print(json.dumps({"state": state.name, "message": state.message, "run": str(state.state_details.flow_run_id)}))
asyncio.run(run())
"""


def execute(settings: Settings, entry_point: str, **parameters: Any) -> dict[str, str]:
    """The state it ended in, its message, and the id of the run."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, entry_point, json.dumps(parameters)],
        env=environment_for(settings, "tests") | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found
