"""What people do with a monitor on its page: check now, pause with a reason, resume."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.http.desk import desk_of
from console.http.forms import Form, read_form
from console.http.pages.actors import actor, length_of, remember_actor
from console.http.refusals import BadRequest
from loop import operations
from loop.operations import Order


async def check_now(request: Request) -> Response:
    """`POST /monitors/{name}/run`."""
    desk, name, form = desk_of(request), request.path_params["name"], await read_form(request)
    order = _order(request, form, "checked from its page")
    await run_in_threadpool(operations.check_now, desk.database, desk.shelf.current(), order, name)
    return _back(request, form, name)


async def pause(request: Request) -> Response:
    """`POST /monitors/{name}/pause` with `because` and, to let it end by itself, `for`."""
    desk, name, form = desk_of(request), request.path_params["name"], await read_form(request)
    if not form.text("because"):
        message = "say why it is paused: whoever finds it silent will ask"
        raise BadRequest(message)
    order = _order(request, form, form.text("because"))
    until = order.now + length_of(form.text("for")) if form.text("for") else None
    await run_in_threadpool(operations.pause, desk.database, desk.shelf.current(), order, name, until)
    return _back(request, form, name)


async def resume(request: Request) -> Response:
    """`POST /monitors/{name}/resume`."""
    desk, name, form = desk_of(request), request.path_params["name"], await read_form(request)
    order = _order(request, form, "resumed from its page")
    await run_in_threadpool(operations.resume, desk.database, order, name)
    return _back(request, form, name)


def _order(request: Request, form: Form, because: str) -> Order:
    return Order(who=actor(request, form), because=because, now=desk_of(request).clock.now())


def _back(request: Request, form: Form, name: str) -> Response:
    return remember_actor(RedirectResponse(f"/monitors/{name}", 303), request, form)


ROUTES = [
    Route("/monitors/{name}/run", check_now, methods=["POST"]),
    Route("/monitors/{name}/pause", pause, methods=["POST"]),
    Route("/monitors/{name}/resume", resume, methods=["POST"]),
]
