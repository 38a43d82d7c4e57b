"""What people do on pages: plain forms, answered by the page they came from. Without a name nothing is done."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.http.desk import HttpDesk, desk_of
from console.http.events import mark_seen
from console.http.forms import Form, read_form
from console.http.pages import ticket
from console.http.pages.actors import actor, length_of, name_in, redirect, remember, remember_actor
from console.http.pages.frame import who_is
from console.http.pages.view import as_page
from console.http.refusals import BadRequest
from loop.decisions_on_plans import approve, decline
from loop.desk_work import DeskWorker
from ticketing.errors import TicketChanged
from ticketing.people import Hold, Resolution
from watchdesk.errors import NotFound, Refused

MOST_NEWS = 10
Act = Callable[[DeskWorker, str, Form, HttpDesk], None]


def _acknowledge(worker: DeskWorker, number: str, form: Form, _: HttpDesk) -> None:
    worker.acknowledge(number, form.text("note"))


def _take(worker: DeskWorker, number: str, _: Form, desk: HttpDesk) -> None:
    worker.assign(number, worker.who, desk.shelf.current())


def _assign(worker: DeskWorker, number: str, form: Form, desk: HttpDesk) -> None:
    worker.assign(number, form.text("to") or None, desk.shelf.current())


def _give(worker: DeskWorker, number: str, form: Form, desk: HttpDesk) -> None:
    worker.assign(number, form.text("to") or worker.who, desk.shelf.current())


def _note(worker: DeskWorker, number: str, form: Form, _: HttpDesk) -> None:
    worker.note(number, form.text("note"))


def _resolve(worker: DeskWorker, number: str, form: Form, _: HttpDesk) -> None:
    worker.resolve(number, Resolution(code=form.text("code") or "fixed_by_person", note=form.text("note")))


def _reopen(worker: DeskWorker, number: str, form: Form, _: HttpDesk) -> None:
    worker.reopen(number, form.text("note"))


def _hold(worker: DeskWorker, number: str, form: Form, desk: HttpDesk) -> None:
    length = form.text("for")
    until = desk.clock.now() + length_of(length) if length else None
    worker.hold(number, Hold(reason=form.text("reason") or "scheduled", until=until, note=form.text("note")))


def _merge(worker: DeskWorker, number: str, form: Form, _: HttpDesk) -> None:
    into = form.text("into")
    if not into:
        message = "write the number of the ticket that is kept"
        raise BadRequest(message)
    worker.merge(number, into)


def _release(worker: DeskWorker, number: str, _: Form, __: HttpDesk) -> None:
    worker.release(number)


def _approve(worker: DeskWorker, _: str, form: Form, desk: HttpDesk) -> None:
    approve(desk.database, desk.clock, desk.shelf.current(), form.text("plan"), worker.who)


def _decline(worker: DeskWorker, _: str, form: Form, desk: HttpDesk) -> None:
    decline(desk.database, desk.clock, form.text("plan"), worker.who)


ACTS: Mapping[str, Act] = {
    "ack": _acknowledge,
    "take": _take,
    "assign": _assign,
    "give": _give,
    "note": _note,
    "resolve": _resolve,
    "reopen": _reopen,
    "hold": _hold,
    "merge": _merge,
    "release": _release,
    "approve": _approve,
    "decline": _decline,
}


WORDS = {"give": "Assign", "ack": "Acknowledge", "hold": "Put on hold", "release": "Hand back"}


async def one(request: Request) -> Response:
    """`POST /tickets/{number}/{act}`. A ticket that changed since it was looked at is shown as it is now, with 409."""
    number, act = request.path_params["number"], request.path_params["act"]
    form = await read_form(request)
    try:
        await run_in_threadpool(_doing(request, act, form), number)
    except TicketChanged as changed:
        return await run_in_threadpool(_shown_again, request, act, form, changed)
    return _back(request, form, f"/tickets/{number}")


async def many(request: Request) -> Response:
    """`POST /tickets/acts`: one act with each of the selected tickets. Those that refuse are named, with 409."""
    form = await read_form(request)
    numbers = form.all("number")
    if form.text("act") == "merge":  # the one that is kept may be among the selected
        numbers = [number for number in numbers if number != form.text("into").upper()]
    if not numbers:
        message = "no ticket is selected; mark some at the start of their rows first"
        raise BadRequest(message)
    do, refusals = _doing(request, form.text("act"), form), []
    for number in numbers:
        try:
            await run_in_threadpool(do, number)
        except (NotFound, Refused) as refusal:
            refusals.append(f"{number}: {refusal}")
    if refusals:
        message = f"done with {len(numbers) - len(refusals)} of {len(numbers)}. Not done: {'; '.join(refusals)}"
        raise Refused(message)
    return _back(request, form, "/tickets")


async def drafting(request: Request) -> Response:
    """`POST /tickets/{number}/drafting`: somebody is writing; the machine leaves the ticket alone meanwhile."""
    desk, who = desk_of(request), who_is(request)
    if who:
        worker = DeskWorker(desk.database, desk.clock, who)
        await run_in_threadpool(worker.draft, request.path_params["number"])
    return Response(status_code=204)


async def introduce(request: Request) -> Response:
    """`POST /who`: under which name this browser acts."""
    form = await read_form(request)
    return remember(redirect(form, "/"), name_in(form.text("name")))


def _doing(request: Request, act: str, form: Form) -> Callable[[str], None]:
    """What does the act with one ticket."""
    if act not in ACTS:
        message = f"'{act}' is nothing that can be done with a ticket; known are {', '.join(ACTS)}"
        raise BadRequest(message)
    desk, who, seen = desk_of(request), actor(request, form), form.text("seen")
    worker = DeskWorker(desk.database, desk.clock, who, int(seen) if seen.isascii() and seen.isdigit() else None)
    return lambda number: ACTS[act](worker, number, form, desk)


def _shown_again(request: Request, act: str, form: Form, changed: TicketChanged) -> Response:
    """The ticket as it is now, what happened meanwhile, and what was written, so that it is not lost."""
    desk = desk_of(request)
    mark_seen(request)
    with desk.database.reading() as session:
        view = ticket.look(session, desk, request)
        stale = {
            "act": act,
            "words": WORDS.get(act, act.capitalize()),
            "entries": changed.entries[-MOST_NEWS:],
            "fields": form.fields,
            "note": form.text("note"),
        }
        return as_page(replace(view, shown={**view.shown, "stale": stale}), session, request, 409)


def _back(request: Request, form: Form, otherwise: str) -> Response:
    return remember_actor(redirect(form, otherwise), request, form)


ROUTES = [
    Route("/who", introduce, methods=["POST"]),
    Route("/tickets/acts", many, methods=["POST"]),
    Route("/tickets/{number}/drafting", drafting, methods=["POST"]),
    Route("/tickets/{number}/{act}", one, methods=["POST"]),
]
