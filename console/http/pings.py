"""`/ping/<key>`: jobs tell that they began, that they are done, or that they failed. The key is the secret."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from console.http.desk import HttpDesk, desk_of
from loop import operations
from monitors.pings import LONGEST_TEXT, PingKind, Told
from watchdesk.errors import NotFound

METHODS = ["GET", "HEAD", "POST"]
MOST_BYTES = 4 * LONGEST_TEXT


async def ping(request: Request) -> Response:
    """200 with the monitor's id. An unknown key, or a last word that is none of start, fail and a number, is 404."""
    told = _told(request.path_params.get("what", ""), await _text(request))
    monitor = await run_in_threadpool(_record, desk_of(request), request.path_params["key"], told)
    return PlainTextResponse(f"{monitor}\n")


def _record(desk: HttpDesk, key: str, told: Told) -> str:
    return operations.ping(desk.database, desk.shelf.current(), key, told, desk.clock.now())


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
