"""`/ping/<key>`: jobs tell that they began, that they are done, or that they failed."""

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from console.http.desk import HttpDesk, desk_of
from console.http.trust import is_own, is_trusted
from loop import operations
from loop.crew import read_secret
from loop.knocking import Knock, monitor_of
from monitors.pings import LONGEST_TEXT, PingKind, Told
from watchdesk.errors import NotFound

METHODS = ["GET", "HEAD", "POST"]
MOST_BYTES = 4 * LONGEST_TEXT


async def ping(request: Request) -> Response:
    """200 with the monitor's id. An unknown key, or a last word that is none of start, fail and a number, is 404."""
    told = _told(request.path_params.get("what", ""), await _text(request))
    desk = desk_of(request)
    is_known = is_own(request.headers) and is_trusted(request.scope, desk.settings)
    knock = Knock(key=request.path_params["key"], is_trusted=is_known)
    monitor = await run_in_threadpool(_record, desk, knock, told)
    return PlainTextResponse(f"{monitor}\n")


def _record(desk: HttpDesk, knock: Knock, told: Told) -> str:
    monitor = monitor_of(desk.shelf.current(), knock, partial(read_secret, desk.settings))
    operations.ping(desk.database, monitor, told, desk.clock.now())
    return monitor


def _told(what: str, text: str) -> Told:
    if what.isdecimal() and int(what) <= 255:
        return Told(exit_code=int(what), text=text)
    kinds = {"": PingKind.SUCCEEDED, "start": PingKind.STARTED, "fail": PingKind.FAILED}
    if what not in kinds:
        message = f"a ping ends with nothing, start, fail or an exit code from 0 to 255, not '{what}'"
        raise NotFound(message)
    return Told(kind=kinds[what], text=text)


async def _text(request: Request) -> str:
    """What the job says, as far as it is kept."""
    found = b""
    async for chunk in request.stream():
        found += chunk
        if len(found) >= MOST_BYTES:
            break
    return found[:MOST_BYTES].decode("utf-8", "replace")


ROUTES = [
    Route("/ping/{key}", ping, methods=METHODS),
    Route("/ping/{key}/{what}", ping, methods=METHODS),
]
