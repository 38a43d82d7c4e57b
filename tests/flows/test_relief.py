"""A relief is asked for once behind each fence, and anew when the first one came to nothing."""

import asyncio

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId
from prefect.states import Cancelled

from flows.deployments import WATCH, read_deployments
from flows.relief import ReliefCall

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("home")]


async def names(client: PrefectClient, fence: int) -> list[str]:
    """Runs of the watch asked for behind the fence."""
    watch = await client.read_deployment_by_name(WATCH)
    mine = DeploymentFilter(id=DeploymentFilterId(any_=[watch.id]))
    runs = await client.read_flow_runs(deployment_filter=mine)
    return sorted(run.name for run in runs if run.name.endswith(f"fence {fence}"))


def test_a_relief_that_is_asked_for_again_and_again_is_one_run() -> None:
    async def scenario() -> None:
        await read_deployments()[0].aapply()
        first, second = ReliefCall(), ReliefCall()
        for call in (first, first, second):
            await call.make(7001)
        async with get_client() as client:
            assert len(await names(client, 7001)) == 1

    asyncio.run(scenario())


def test_a_relief_that_came_to_nothing_is_asked_for_anew() -> None:
    async def scenario() -> None:
        await read_deployments()[0].aapply()
        call = ReliefCall()
        await call.make(7002)
        async with get_client() as client:
            watch = await client.read_deployment_by_name(WATCH)
            mine = DeploymentFilter(id=DeploymentFilterId(any_=[watch.id]))
            for run in await client.read_flow_runs(deployment_filter=mine):
                if run.name.endswith("fence 7002"):
                    await client.set_flow_run_state(run.id, Cancelled(), force=True)
            await call.make(7002)
            await call.make(7002)
            await call.make(7002)
            assert len(await names(client, 7002)) == 2

    asyncio.run(scenario())


def test_nobody_is_asked_when_no_relief_is_wanted() -> None:
    asyncio.run(ReliefCall().make(None))
