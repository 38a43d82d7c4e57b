"""The flows that run hourly or weekly, and the mirror of a remediation, executed against a real Prefect server."""

import asyncio
import json
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from loop import mirrored
from runbooks.tables import RemediationRow, RemediationStepRow
from tests.flows.executing import execute
from watchdesk import shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.processes import ProcessName, this_process
from watchdesk.settings import Settings
from watchdesk.shifts import Arrival
from watchdesk.tables import MirroredRow, ShiftRow

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_the_report_is_a_page_with_its_figures_beside_it_and_stands_in_prefect(home: Settings) -> None:
    ended = execute(home, "flows.report:report", days=1)
    page = Path(ended["message"])
    assert page.parent == home.home / "reports"
    assert "<svg" in page.read_text()
    assert "services" in json.loads(page.with_suffix(".json").read_text())

    async def artifacts() -> set[str | None]:
        async with get_client() as client:
            of_it = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(ended["run"])]))
            return {artifact.key for artifact in await client.read_artifacts(artifact_filter=of_it)}

    assert asyncio.run(artifacts()) == {"report", "report-services"}


def test_housekeeping_buries_dead_shifts_and_forgets_old_ones(home: Settings, desk_database: Database) -> None:
    now, me = SystemClock().now(), this_process()
    dead = ProcessName(host=me.host, pid=me.pid, started=me.started - 500)
    with desk_database.writing() as session:
        for name, at in (("old", now - timedelta(days=400)), ("dead", now)):
            shifts.arrived(session, Arrival(id=name, process=dead), at)
            session.flush()
        shifts.ended(session, "old", "stopped", now - timedelta(days=399))
    message = execute(home, "flows.housekeep:housekeep")["message"]
    assert "steps of folding" in message
    assert "0 tickets closed" in message
    with desk_database.reading() as session:
        rows = {row.id: row.reason for row in session.scalars(select(ShiftRow))}
    assert rows == {"dead": "its process died"}


def attempt(session: Session, name: str, *steps: str) -> None:
    """An attempt that has failed in its second step, in the journal."""
    now, me = SystemClock().now(), this_process()
    facts = {"ticket_id": "t", "ticket_number": "INC-1", "runbook": "mend", "runbook_version": "1", "monitor": "web"}
    texts = {"definition": "", "params": "{}", "service": "shop", "target": name, "trust_level": "automatic"}
    session.add(
        RemediationRow(
            id=name,
            key=name,
            health="critical",
            attempt=1,
            state="failed",
            reason="exit code 3",
            since=now,
            observed_at=now,
            created_at=now,
            ended_at=now,
            worker="w",
            host=me.host,
            pid=me.pid,
            process_started=me.started,
            fence=1,
            lease_until=now,
            **facts,
            **texts,
        )
    )
    session.flush()
    for position, state in enumerate(steps):
        session.add(
            RemediationStepRow(
                remediation_id=name,
                phase="steps",
                position=position,
                step=f"step-{position}",
                kind="run",
                effect="readonly",
                state=state,
                exit_code={"succeeded": 0, "failed": 3}.get(state),
            )
        )


def test_a_remediation_that_prefect_missed_is_told_there_afterwards_step_by_step(
    home: Settings, desk_database: Database
) -> None:
    with desk_database.writing() as session:
        attempt(session, "rem-1", "succeeded", "failed", "pending")
    before = SystemClock().now() - timedelta(hours=1)
    assert mirrored.unseen(desk_database, before, 5) == ("rem-1",)
    ended = execute(home, "flows.remediation:remediation", remediation_id="rem-1")
    assert ended["state"] == "Failed"
    assert "mend, attempt 1: failed exit code 3" in ended["message"]
    assert mirrored.unseen(desk_database, before, 5) == ()
    with desk_database.reading() as session:
        assert session.scalars(select(MirroredRow.flow_run)).all() == [ended["run"]]

    async def tasks() -> dict[str, str | None]:
        async with get_client() as client:
            of_it = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(ended["run"])]))
            return {task.name: task.state_name for task in await client.read_task_runs(flow_run_filter=of_it)}

    while len(found := asyncio.run(tasks())) < 3:
        time.sleep(0.2)  # the server records them from events, a moment later
    assert found == {"step-0": "Completed", "step-1": "Failed", "step-2": "Skipped"}
