"""One remediation as a Prefect flow: a task for each step of the journal, followed while it runs or told afterwards.

The journal is the truth; nothing here changes anything. A task ends as its step ended.
"""

import asyncio
import contextlib
import time

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.exceptions import FailedRun
from prefect.runtime import flow_run as this_run
from prefect.states import Completed, Failed

from loop import mirrored
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.settings import read_settings
from watchdesk.signals import Remediation, RemediationState, StepReport, StepState

LOOK_EVERY_S = 0.5
LONGEST_S = 6 * 3600.0
GOOD = {RemediationState.SUCCEEDED}
WAITS = {StepState.PENDING, StepState.RUNNING}


@flow(name="remediation", flow_run_name="remediation {remediation_id}", persist_result=False)
async def remediation(remediation_id: str) -> State[None]:
    """Shows the remediation with this id, to its end; completed when the origin monitor was proved healthy."""
    with Database(read_settings().database) as database:
        until = time.monotonic() + LONGEST_S
        shown = mirrored.seen_now(database, remediation_id)
        followed: set[str] = set()
        while time.monotonic() < until:
            await _follow_steps(shown, followed)
            if shown.ended_at is not None and followed.issuperset(_keys(shown)):
                break
            await asyncio.sleep(LOOK_EVERY_S)
            shown = await asyncio.to_thread(mirrored.seen_now, database, remediation_id)
        if shown.ended_at is not None:
            mirrored.note(database, shown, str(this_run.id), SystemClock().now())
    return _verdict(shown)


@task(name="step", persist_result=False)
async def step(remediation_id: str, position: int) -> State[str]:
    """Waits until the step has ended, and ends as it did."""
    with Database(read_settings().database) as database:
        while True:
            shown = await asyncio.to_thread(mirrored.seen_now, database, remediation_id)
            found = shown.steps[position]
            if found.state not in WAITS or shown.ended_at is not None:
                return _outcome(found)
            await asyncio.sleep(LOOK_EVERY_S)


async def _follow_steps(shown: Remediation, followed: set[str]) -> None:
    """One task after the other, as the steps run; those that never began are told at the end."""
    for position, report in enumerate(shown.steps):
        key = _key(position, report)
        if key not in followed and (report.state is not StepState.PENDING or shown.ended_at is not None):
            followed.add(key)
            with contextlib.suppress(FailedRun):  # shown as failed; the next one is shown too
                await step.with_options(task_run_name=report.id)(shown.id, position)


def _keys(shown: Remediation) -> set[str]:
    return {_key(position, report) for position, report in enumerate(shown.steps)}


def _key(position: int, report: StepReport) -> str:
    return f"{position}/{report.id}"


def _outcome(report: StepReport) -> State[str]:
    words = (
        f"{report.state.value}, exit code {report.exit_code}" if report.exit_code is not None else report.state.value
    )
    if report.state is StepState.SUCCEEDED:
        return Completed(message=words)
    if report.state in (StepState.SKIPPED, StepState.PENDING):
        return Completed(name="Skipped", message=words)
    return Failed(message=words)


def _verdict(shown: Remediation) -> State[None]:
    words = f"{shown.runbook}, attempt {shown.attempt}: {shown.state.value} {shown.reason}".strip()
    if shown.ended_at is None:
        return Completed(name="Unfinished", message=words)
    return Completed(message=words) if shown.state in GOOD else Failed(message=words)
