"""Ghosts: runs that Prefect still believes in although nobody executes them, and runs whose time has passed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import psutil
import structlog
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.states import Cancelled, Crashed

OURS = "watchdesk"  # the tag of every deployment of prefect.yaml; its runs inherit it
RUN_ID = "PREFECT__FLOW_RUN_ID"
MOST = 200
log = structlog.get_logger(__name__)


async def drop_missed(client: PrefectClient, now: datetime) -> int:
    """Cancel scheduled runs whose time has passed, so that no storm catches up; how many there were."""
    runs = await _runs(client, [StateType.SCHEDULED])
    missed = [run for run in runs if run.expected_start_time is not None and run.expected_start_time < now]
    for run in missed:
        state: State[None] = Cancelled(
            message="nobody was there at its time; what it would have done is done by later runs"
        )
        await client.set_flow_run_state(run.id, state, force=True)
    return len(missed)


async def bury(client: PrefectClient, living: Collection[str]) -> int:
    """Mark as crashed what is said to run but lives neither in `living` nor in a process of this machine."""
    runs = await _runs(client, [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING])
    alive = {*living, *running_here()}
    dead = [run for run in runs if str(run.id) not in alive and str(await _parent(client, run)) not in alive]
    for run in dead:
        await client.set_flow_run_state(run.id, Crashed(message="its process is gone"), force=True)
    return len(dead)


def running_here() -> frozenset[str]:
    """The ids of the flow runs whose processes live on this machine, as far as we may look."""
    found = set()
    for process in psutil.process_iter():
        try:
            run = process.environ().get(RUN_ID)
        except (psutil.Error, OSError):
            continue
        if run:
            found.add(run)
    return frozenset(found)


async def _runs(client: PrefectClient, types: Sequence[StateType]) -> list[FlowRun]:
    chosen = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types))),
        tags=FlowRunFilterTags(all_=[OURS]),
    )
    return await client.read_flow_runs(flow_run_filter=chosen, limit=MOST)


async def _parent(client: PrefectClient, run: FlowRun) -> UUID | None:
    if run.parent_task_run_id is None:
        return None
    return (await client.read_task_run(run.parent_task_run_id)).flow_run_id
