"""`/demo`: break something real from a page, and watch it being seen, ticketed, repaired and proved repaired."""

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.demo.breaking import break_it, fault, is_up
from console.demo.course import courses, require_whole
from console.documents.plain import plain
from console.http.desk import HttpDesk, desk_of
from console.http.pages.view import View
from watchdesk.errors import NotFound
from watchdesk.settings import Settings


def look(session: Session, desk: HttpDesk, _: Request) -> View:
    """The nine faults as they stand. Raises NotFound where no demo is up."""
    _require_demo(desk.settings)
    rows = plain(courses(session, desk.clock.now()))
    return View(
        template="demo.html",
        room="demo",
        title="Break something",
        document=rows,
        shown={"broken": sum(row["ticket"] is not None for row in rows)},
        rows=lambda: [{name: value for name, value in row.items() if name not in {"last", "stages"}} for row in rows],
        command="watchdesk demo list",
    )


async def break_one(request: Request) -> Response:
    """`POST /demo/{name}/break`: what `watchdesk demo break NAME` does. 409 for what is broken already."""
    name = request.path_params["name"]
    await run_in_threadpool(_break, desk_of(request), name)
    return RedirectResponse(f"/demo#fault-{name}", 303)


def _break(desk: HttpDesk, name: str) -> None:
    _require_demo(desk.settings)
    wanted = fault(name)
    with desk.database.reading() as session:
        require_whole(session, wanted)
    break_it(desk.settings, name, desk.clock)


def _require_demo(settings: Settings) -> None:
    if not is_up(settings):
        message = "no demo runs here, so nothing can be broken; './run up --demo' starts one"
        raise NotFound(message)


ROUTES = [Route("/demo/{name}/break", break_one, methods=["POST"])]
