"""The mirror: every remediation of the journal is shown in Prefect once, live or, after an outage, later."""

import asyncio
from datetime import timedelta

import structlog

from flows.remediation import remediation
from loop import mirrored
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.settings import Settings

AT_ONCE = 3  # on SQLite more flow runs at once collapse (DESIGN.md section 2)
log = structlog.get_logger(__name__)


class Mirror:
    """Starts a subflow run for each remediation that Prefect has not been shown."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        self._look_back = timedelta(days=settings.keep_prefect_runs_days)
        self._showing: dict[str, asyncio.Task[None]] = {}

    async def follow(self, *, is_on_duty: bool) -> None:
        """One look; returns at once. Raises what showing raised, once, after it has ended."""
        for name, task in tuple(self._showing.items()):
            if task.done():
                del self._showing[name]
                task.result()
        if is_on_duty and len(self._showing) < AT_ONCE:
            since = SystemClock().now() - self._look_back
            for name in await asyncio.to_thread(mirrored.unseen, self._database, since, AT_ONCE):
                if name not in self._showing and len(self._showing) < AT_ONCE:
                    self._showing[name] = asyncio.create_task(_show(name))


async def _show(name: str) -> None:
    state = await remediation(name, return_state=True)
    log.info("remediation shown in Prefect", remediation=name, state=state.name)
