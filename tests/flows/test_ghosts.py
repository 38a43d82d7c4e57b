"""What a crash leaves behind in Prefect neither runs late nor looks alive."""

import asyncio
import os
import subprocess
import sys
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import State, StateType
from prefect.states import Running, Scheduled

from flows import ghosts
from watchdesk.clock import SystemClock

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("home")]


@flow(name="nothing")
async def nothing() -> None:
    """A flow to hang runs on."""


async def running(client: PrefectClient, *tags: str) -> UUID:
    return (await client.create_flow_run(nothing, state=Running(), tags=list(tags))).id


async def scheduled(client: PrefectClient, at: datetime) -> UUID:
    state: State[None] = Scheduled(scheduled_time=at)
    return (await client.create_flow_run(nothing, state=state, tags=[ghosts.OURS])).id


async def state_of(client: PrefectClient, run: UUID) -> StateType:
    found = (await client.read_flow_run(run)).state
    assert found is not None
    return found.type


def test_a_run_without_a_process_is_buried_and_a_living_one_is_not() -> None:
    async def scenario() -> None:
        async with get_client() as client:
            ghost, alive = await running(client, ghosts.OURS), await running(client, ghosts.OURS)
            stranger = await running(client)
            assert await ghosts.bury(client, {str(alive)}) == 1
            assert await state_of(client, ghost) is StateType.CRASHED
            assert await state_of(client, alive) is StateType.RUNNING
            assert await state_of(client, stranger) is StateType.RUNNING
            assert await ghosts.bury(client, set()) == 1

    asyncio.run(scenario())


def test_a_run_whose_process_lives_on_this_machine_is_not_buried() -> None:
    async def begin() -> UUID:
        async with get_client() as client:
            return await running(client, ghosts.OURS)

    async def bury() -> int:
        async with get_client() as client:
            return await ghosts.bury(client, set())

    run = asyncio.run(begin())
    environment = dict(os.environ) | {ghosts.RUN_ID: str(run)}
    process = subprocess.Popen([sys.executable, "-c", "input()"], env=environment, stdin=subprocess.PIPE)
    assert str(run) in ghosts.running_here()
    assert asyncio.run(bury()) == 0
    process.kill()
    process.communicate()
    assert asyncio.run(bury()) == 1


def test_missed_runs_are_dropped_and_coming_ones_stay() -> None:
    async def scenario() -> None:
        now = SystemClock().now()
        async with get_client() as client:
            missed = await scheduled(client, now - timedelta(minutes=5))
            coming = await scheduled(client, now + timedelta(minutes=5))
            assert await ghosts.drop_missed(client, now) >= 1  # other tests may have left missed ones too
            assert await state_of(client, missed) is StateType.CANCELLED
            assert await state_of(client, coming) is StateType.SCHEDULED

    asyncio.run(scenario())
