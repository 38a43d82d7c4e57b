"""What people do with a monitor on its page: check now, pause with a reason, resume."""

from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.http.desk import desk_of
from console.http.forms import read_form
from console.http.pages.frame import who_is
from console.http.refusals import BadRequest, NameNeeded
from loop import operations
from loop.operations import Order
from watchdesk.definitions.quantities import parse_duration


async def check_now(request: Request) -> Response:
    """`POST /monitors/{name}/run`."""
    desk, name, order = desk_of(request), request.path_params["name"], _order(request, "checked from its page")
    await run_in_threadpool(operations.check_now, desk.database, desk.shelf.current(), order, name)
    return RedirectResponse(f"/monitors/{name}", 303)


async def pause(request: Request) -> Response:
    """`POST /monitors/{name}/pause` with `because` and, to let it end by itself, `for`."""
    desk, name, form = desk_of(request), request.path_params["name"], await read_form(request)
    if not form.text("because"):
        message = "say why it is paused: whoever finds it silent will ask"
        raise BadRequest(message)
    order = _order(request, form.text("because"))
    until = order.now + _length(form.text("for")) if form.text("for") else None
    await run_in_threadpool(operations.pause, desk.database, desk.shelf.current(), order, name, until)
    return RedirectResponse(f"/monitors/{name}", 303)


async def resume(request: Request) -> Response:
    """`POST /monitors/{name}/resume`."""
    desk, name, order = desk_of(request), request.path_params["name"], _order(request, "resumed from its page")
    await run_in_threadpool(operations.resume, desk.database, order, name)
    return RedirectResponse(f"/monitors/{name}", 303)


def _order(request: Request, because: str) -> Order:
    who = who_is(request)
    if not who:
        raise NameNeeded
    return Order(who=who, because=because, now=desk_of(request).clock.now())


def _length(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise BadRequest(str(error)) from error


ROUTES = [
    Route("/monitors/{name}/run", check_now, methods=["POST"]),
    Route("/monitors/{name}/pause", pause, methods=["POST"]),
    Route("/monitors/{name}/resume", resume, methods=["POST"]),
]
