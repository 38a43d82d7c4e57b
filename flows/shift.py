"""The shift as a Prefect flow: one long run that watches, and asks at once for the run that will relieve it."""

import asyncio
import contextlib
import gc
import signal
from datetime import timedelta

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run as this_run
from prefect.states import Completed

from flows.companion import accompany
from loop.crew import crew_of
from loop.shift import Shift, Terms
from watchdesk import logs
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.ids import new_id
from watchdesk.processes import this_process
from watchdesk.settings import Settings, read_settings
from watchdesk.shifts import STOPPED, Arrival


@flow(name="shift", persist_result=False)
async def shift() -> State[None]:
    """Works one shift, or leaves at once when it is not needed; the state's message says why it ended."""
    settings = read_settings()
    logs.configure(settings.log_level, settings.home / "logs" / "shift.log")
    with Database(settings.database) as database:
        work = _shift(settings, database)
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread: no signals
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, work.stop, STOPPED)
        companion = asyncio.create_task(accompany(work, settings, database))
        try:
            reason = await asyncio.to_thread(work.run)
        finally:
            work.stop("interrupted")
            await _dismiss(companion)
            gc.freeze()  # the end of the interpreter walks through every object otherwise: a second of CPU
    return Completed(message=reason)


def _shift(settings: Settings, database: Database) -> Shift:
    clock = SystemClock()
    arrival = Arrival(
        id=new_id(clock.now()),
        process=this_process(),
        flow_run=this_run.id,
        scheduled_at=this_run.scheduled_start_time,
    )
    terms = Terms(
        length=timedelta(seconds=settings.shift_length_s),
        lease=timedelta(seconds=settings.lease_s),
        heartbeat_url=settings.heartbeat_url,
    )
    return Shift(database, clock, crew_of(settings, database, clock), arrival, terms)


async def _dismiss(companion: asyncio.Task[None]) -> None:
    companion.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await companion
