"""What stands beside a working shift in Prefect: its relief is called, its remediations are shown.

Nothing here is needed for watching. With Prefect away it is logged and tried again later.
"""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import structlog
from prefect.exceptions import PrefectException

from flows.mirror import Mirror
from flows.relief import ReliefCall
from loop.shift import Shift
from watchdesk.database import Database
from watchdesk.errors import WatchdeskError
from watchdesk.settings import Settings

LOOK_EVERY_S = 1.0
LONGEST_WAIT_S = 15.0
log = structlog.get_logger(__name__)


async def accompany(shift: Shift, settings: Settings, database: Database) -> None:
    """Runs until cancelled."""
    call, mirror = ReliefCall(), Mirror(settings, database)
    await asyncio.gather(
        _again_and_again("relief", lambda: call.make(shift.wanted_relief)),
        _again_and_again("mirror", lambda: mirror.follow(is_on_duty=shift.is_on_duty)),
    )


async def _again_and_again(what: str, work: Callable[[], Awaitable[None]]) -> None:
    wait_s = LOOK_EVERY_S
    while True:
        try:
            await work()
            wait_s = LOOK_EVERY_S
        except (httpx.HTTPError, OSError, PrefectException, WatchdeskError) as error:
            wait_s = min(LONGEST_WAIT_S, wait_s * 2)
            log.warning("Prefect was not told", what=what, reason=f"{type(error).__name__}: {error}", again_in_s=wait_s)
        await asyncio.sleep(wait_s)
