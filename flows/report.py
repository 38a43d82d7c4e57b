"""The report as a Prefect flow: a self-contained page and the same figures as JSON, as files and in Prefect."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from improvement.page import render, verdict
from improvement.report import Period, Report, make
from loop.definitions import read
from loop.places import definitions_root
from watchdesk.clock import Clock, SystemClock
from watchdesk.database import Database
from watchdesk.settings import Settings, read_settings


@flow(name="report", persist_result=False)
async def report(days: float = 7, service: str | None = None) -> State[None]:
    """Writes `reports/` below the home: the last `days`, of one service or of all. The message names the page."""
    settings = read_settings()
    made = await asyncio.to_thread(_make, settings, SystemClock(), timedelta(days=days), service)
    page = await asyncio.to_thread(_write, made, settings.home / "reports", service)
    await acreate_markdown_artifact(
        key="report",
        markdown=f"{verdict(made)}\n\nThe page: `{page}`",
        description=f"{made.since:%Y-%m-%d} to {made.until:%Y-%m-%d}",
    )
    await acreate_table_artifact(key="report-services", table=made.to_json()["services"])
    return Completed(message=str(page))


def _make(settings: Settings, clock: Clock, length: timedelta, service: str | None) -> Report:
    definitions, _ = read(definitions_root(settings))  # a faulty file must not cost the report
    monitors = {monitor.id: monitor.service for monitor in definitions.monitors.values()}
    now = clock.now()
    with Database(settings.database) as database, database.reading() as session:
        period = Period(since=now - length, until=now, service=service)
        return make(session, definitions.catalogue, monitors, period, now)


def _write(made: Report, folder: Path, service: str | None) -> Path:
    """The page's path; the JSON document stands beside it. A name in use is replaced as a whole."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{made.until:%Y-%m-%d}{'-' + service if service else ''}"
    for suffix, text in ((".json", json.dumps(made.to_json(), indent=1)), (".html", render(made))):
        fresh = folder / f".{stem}{suffix}"
        fresh.write_text(text, "utf-8")
        fresh.replace(folder / f"{stem}{suffix}")
    return folder / f"{stem}.html"
