"""Prefect itself: what its schedule starts is executed, and a remediation can be read there step by step."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.end_to_end.whole import Desk, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
Found = TypeVar("Found")


def ask(desk: Desk, question: Callable[[PrefectClient], Coroutine[Any, Any, Found]]) -> Found:
    async def answer() -> Found:
        async with get_client() as client:
            return await question(client)

    with temporary_settings({PREFECT_API_URL: f"{desk.settings.prefect_url}/api"}):
        return asyncio.run(answer())


def test_what_the_schedule_starts_is_executed_to_its_end(peaceful: Desk) -> None:
    async def schedule(client: PrefectClient) -> Any:
        deployment = await client.read_deployment_by_name("housekeep/hourly")
        every = DeploymentScheduleCreate(schedule=IntervalSchedule(interval=timedelta(seconds=5)))
        await client.create_deployment_schedules(deployment.id, [every])
        return deployment.id

    deployment = ask(peaceful, schedule)

    async def runs(client: PrefectClient) -> list[FlowRun]:
        of_it = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment]))
        return await client.read_flow_runs(flow_run_filter=of_it)

    def completed() -> list[FlowRun]:
        found = ask(peaceful, runs)
        return [run for run in found if run.auto_scheduled and run.state_type is StateType.COMPLETED]

    until(completed, peaceful)
    state = completed()[0].state
    assert state is not None
    assert "steps of folding" in str(state.message)


def test_a_remediation_is_one_run_with_a_task_for_each_step(peaceful: Desk) -> None:
    known = {ticket.number for ticket in peaceful.incidents()}
    peaceful.shop.break_it()
    until(lambda: len(peaceful.incidents()) > len(known), peaceful)
    until(lambda: not peaceful.live_incidents(), peaceful)
    new = next(ticket for ticket in peaceful.incidents() if ticket.number not in known)
    until(lambda: peaceful.shown_in_prefect(new), peaceful)

    async def tasks(client: PrefectClient) -> set[tuple[str, str | None]]:
        of_it = FlowRunFilter.model_validate({"id": {"any_": [peaceful.shown_in_prefect(new)]}})
        return {(task.name, task.state_name) for task in await client.read_task_runs(flow_run_filter=of_it)}

    until(lambda: len(ask(peaceful, tasks)) == 2, peaceful)  # the server records them from events, a moment later
    assert ask(peaceful, tasks) == {("look", "Completed"), ("mend", "Completed")}
