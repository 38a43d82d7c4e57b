"""`python -m flows.serve`: serves the deployments of prefect.yaml on this machine and sets the first shift going."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog
from prefect.client.orchestration import get_client
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner

from flows import ghosts
from flows.deployments import read_deployments
from flows.relief import ask
from watchdesk import logs, shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.ids import new_id
from watchdesk.settings import Settings, read_settings

POLL_EVERY_S = 2.0
RUNS_AT_ONCE = 8
ASK_EVERY_S = 0.2
log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Runs until told to stop; a running shift is then left to finish its turn, and no schedule is paused."""
    _keep_to_ourselves(settings.home / "prefect" / "runner")
    runner = Runner(name="watchdesk", query_seconds=POLL_EVERY_S, limit=RUNS_AT_ONCE, pause_on_shutdown=False)
    watch, *others = read_deployments()
    await _until_the_server_answers()
    await _clear_up(settings)
    await runner.aadd_deployment(watch)
    async with get_client() as client:
        await ask(client, f"start-{new_id(SystemClock().now())}", name="first shift after start")
    async with asyncio.TaskGroup() as both:
        both.create_task(runner.start())  # the watch comes first; what runs hourly or weekly can wait a second
        both.create_task(_add(runner, others))


def _keep_to_ourselves(folder: Path) -> None:
    """Prefect's runner works in a folder of one name below the system's temporary one; where another user of this
    machine was first, ours could not write there and would die. What a killed one left behind goes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(folder)


async def _add(runner: Runner, deployments: Sequence[RunnerDeployment]) -> None:
    for deployment in deployments:
        await runner.aadd_deployment(deployment)
    log.info("serving", deployments=len(deployments) + 1)


async def _until_the_server_answers() -> None:
    async with get_client() as client:
        while await client.api_healthcheck() is not None:  # noqa: ASYNC110  a server in another process tells no event
            await asyncio.sleep(ASK_EVERY_S)


async def _clear_up(settings: Settings) -> None:
    """What a crash or an outage left behind in Prefect must neither run now nor look alive."""
    now = SystemClock().now()
    living: frozenset[str] = frozenset()
    try:
        with Database(settings.database) as database, database.writing() as session:
            shifts.bury_the_dead(session, now)
            living = shifts.living_flow_runs(session)
    except DatabaseUnavailable as error:
        log.warning("shifts not read", reason=str(error))
    async with get_client() as client:
        missed = await ghosts.drop_missed(client, now)
        buried = await ghosts.bury(client, living)
    log.info("Prefect cleared up", missed=missed, buried=buried)


def main() -> None:
    settings = read_settings()
    logs.configure(settings.log_level, settings.home / "logs" / "shift.log")
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
