"""`/api/v1`: the documents of the command line as JSON, and what a person does with a ticket by POST."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console.documents import monitors, runbooks, services, tickets
from console.documents.plain import plain
from console.documents.status import status_document
from console.http.desk import HttpDesk, desk_of
from console.http.refusals import BadRequest
from loop.desk_work import DeskWorker
from loop.explain import of_monitor, of_ticket
from loop.status import status as look
from ticketing.people import Resolution

MOST_BYTES = 64 * 1024
Answer = Callable[[Request], Response]
Body = TypeVar("Body", bound=BaseModel)
Read = Callable[[Session, HttpDesk, Request], Any]


class Act(BaseModel):
    """Who does it, in words of their own."""

    model_config = ConfigDict(extra="forbid", strict=True)

    who: str
    note: str = ""


class ResolveAct(Act):
    """`code` is one of the resolution codes."""

    code: str = "fixed_by_person"


def reading(read: Read) -> Answer:
    """An endpoint that answers with what `read` finds in one reading transaction."""

    @wraps(read)
    def answer(request: Request) -> Response:
        desk = desk_of(request)
        with desk.database.reading() as session:
            return JSONResponse(plain(read(session, desk, request)))

    return answer


@reading
def status(session: Session, desk: HttpDesk, _: Request) -> Any:
    return status_document(look(session, desk.shelf.current(), desk.clock.now()), desk.settings)


@reading
def monitor_list(session: Session, desk: HttpDesk, _: Request) -> Any:
    return monitors.monitor_list(session, desk.shelf.current(), desk.clock.now())


@reading
def monitor(session: Session, desk: HttpDesk, request: Request) -> Any:
    return monitors.monitor_detail(session, desk.shelf.current(), request.path_params["id"], desk.clock.now())


@reading
def monitor_explanation(session: Session, desk: HttpDesk, request: Request) -> Any:
    return of_monitor(session, desk.shelf.current(), request.path_params["id"], desk.clock.now()).as_document()


@reading
def ticket_list(session: Session, desk: HttpDesk, request: Request) -> Any:
    asked = request.query_params
    wanted: dict[str, Any] = {name: asked.get(name) for name in ("kind", "service", "monitor")}
    wanted |= {"states": asked.getlist("state"), "only_open": asked.get("open") in {"1", "true"}}
    return tickets.ticket_list(session, wanted, desk.clock.now())


@reading
def ticket(session: Session, desk: HttpDesk, request: Request) -> Any:
    return tickets.ticket_detail(session, request.path_params["number"], desk.clock.now())


@reading
def ticket_explanation(session: Session, desk: HttpDesk, request: Request) -> Any:
    return of_ticket(session, desk.shelf.current(), request.path_params["number"], desk.clock.now()).as_document()


@reading
def service_list(session: Session, desk: HttpDesk, _: Request) -> Any:
    return services.service_list(session, desk.shelf.current(), desk.clock.now())


@reading
def runbook_list(session: Session, desk: HttpDesk, _: Request) -> Any:
    return runbooks.runbook_list(session, desk.shelf.current(), desk.clock.now())


async def acknowledge(request: Request) -> Response:
    """`{"who": …, "note": …}`; 409 with the reason when the lifecycle says no."""
    act = _understood(Act, await _body(request))
    return await _done(request, lambda worker, number: worker.acknowledge(number, act.note), act.who)


async def note(request: Request) -> Response:
    """`{"who": …, "note": …}`."""
    act = _understood(Act, await _body(request))
    return await _done(request, lambda worker, number: worker.note(number, act.note), act.who)


async def resolve(request: Request) -> Response:
    """`{"who": …, "code": …, "note": …}`."""
    act = _understood(ResolveAct, await _body(request))
    resolution = Resolution(code=act.code, note=act.note)
    return await _done(request, lambda worker, number: worker.resolve(number, resolution), act.who)


async def _done(request: Request, act: Callable[[DeskWorker, str], None], who: str) -> Response:
    """Do it, and answer with the ticket as it is now."""
    desk, number = desk_of(request), request.path_params["number"]

    def work() -> dict[str, Any]:
        act(DeskWorker(desk.database, desk.clock, who), number)
        with desk.database.reading() as session:
            return tickets.ticket_detail(session, number, desk.clock.now())

    return JSONResponse(await run_in_threadpool(work))


async def _body(request: Request) -> bytes:
    """The JSON that was sent. Only as such: a form of another site cannot send it without asking first."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        message = "send a JSON document with content-type application/json"
        raise BadRequest(message)
    found = b""
    async for chunk in request.stream():
        found += chunk
        if len(found) > MOST_BYTES:
            message = f"the document is larger than {MOST_BYTES} bytes"
            raise BadRequest(message)
    return found


def _understood(kind: type[Body], body: bytes) -> Body:
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, f['loc'])) or 'document'}: {f['msg']}" for f in error.errors())
        raise BadRequest(faults) from error


ROUTES = [
    Route("/status", status),
    Route("/monitors", monitor_list),
    Route("/monitors/{id}", monitor),
    Route("/monitors/{id}/explain", monitor_explanation),
    Route("/services", service_list),
    Route("/runbooks", runbook_list),
    Route("/tickets", ticket_list),
    Route("/tickets/{number}", ticket),
    Route("/tickets/{number}/explain", ticket_explanation),
    Route("/tickets/{number}/ack", acknowledge, methods=["POST"]),
    Route("/tickets/{number}/note", note, methods=["POST"]),
    Route("/tickets/{number}/resolve", resolve, methods=["POST"]),
]
