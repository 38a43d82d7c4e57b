"""Housekeeping as a Prefect flow: results are folded, the old is forgotten or closed, Prefect's ghosts are buried."""

import asyncio
from datetime import timedelta

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows import ghosts
from loop import mirrored
from monitors.housekeeping import tidy
from ticketing.closing import close_some
from watchdesk import shifts
from watchdesk.clock import Clock, SystemClock
from watchdesk.database import Database
from watchdesk.settings import Settings, read_settings

PAUSE_S = 0.05  # between two steps, so that the watch's transactions come first
MOST_STEPS = 20_000
SHIFTS_KEPT = timedelta(days=90)


@flow(name="housekeep", persist_result=False)
async def housekeep() -> State[None]:
    """One round; the message says what was done. Prefect's own runs are pruned by its server, as we set it up."""
    settings, clock = read_settings(), SystemClock()
    with Database(settings.database) as database:
        steps = await _tidy(database, clock, timedelta(days=settings.keep_results_days))
        closed = await _close(database, clock, timedelta(days=settings.close_resolved_days))
        living = await asyncio.to_thread(_remember_shifts, settings, database, clock)
    async with get_client() as client:
        buried = await ghosts.bury(client, living)
    done = f"{steps} steps of folding and forgetting, {closed} tickets closed, {buried} ghosts buried"
    return Completed(message=done)


async def _tidy(database: Database, clock: Clock, keep_results: timedelta) -> int:
    """Small steps, each in a transaction of its own; how many there were."""
    for done in range(MOST_STEPS):
        if not await asyncio.to_thread(_tidy_once, database, clock, keep_results):
            return done
        await asyncio.sleep(PAUSE_S)
    return MOST_STEPS


def _tidy_once(database: Database, clock: Clock, keep_results: timedelta) -> bool:
    with database.writing() as session:
        return tidy(session, clock.now(), keep_results)


async def _close(database: Database, clock: Clock, after: timedelta) -> int:
    """Tickets that have stayed resolved; how many there were."""
    closed = 0
    while some := await asyncio.to_thread(_close_some, database, clock, after):
        closed += some
        await asyncio.sleep(PAUSE_S)
    return closed


def _close_some(database: Database, clock: Clock, after: timedelta) -> int:
    with database.writing() as session:
        return close_some(session, after, clock.now())


def _remember_shifts(settings: Settings, database: Database, clock: Clock) -> frozenset[str]:
    now = clock.now()
    mirrored.forget(database, now - timedelta(days=settings.keep_prefect_runs_days) - SHIFTS_KEPT)
    with database.writing() as session:
        shifts.bury_the_dead(session, now)
        shifts.forget(session, now - SHIFTS_KEPT)
        return shifts.living_flow_runs(session)
