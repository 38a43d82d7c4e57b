"""`/search`: tickets, monitors, services and runbooks by any word; after `>` rooms and acts. The palette asks it."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.demo.breaking import is_up
from console.http.desk import HttpDesk, desk_of
from console.http.events import mark_seen
from console.http.pages.frame import DEMO, rooms
from console.http.pages.view import View, as_page, routes
from loop.definitions import Definitions
from ticketing import queries
from ticketing.errors import TicketNotFound
from ticketing.selection import Page, Selection
from ticketing.views import TicketView

PATH = "/search"
PLACE = ">"
MOST_TICKETS, MOST_OTHERS = 20, 10
LONGEST = 200
NUMBER = re.compile(r"^(?:(inc|prb|chg|req)-?)?(\d{1,9})$", re.IGNORECASE)
NAMED = re.compile(r"\b(?:inc|prb|chg|req)-\d{1,9}\b", re.IGNORECASE)
LISTS = {
    "Tickets that nobody has": "/tickets?chip=unassigned",
    "My tickets": "/tickets?chip=mine",
    "Tickets due today": "/tickets?chip=due",
    "Tickets waiting for approval": "/tickets?chip=approval",
    "All tickets": "/tickets?chip=all",
    "Failing monitors": "/monitors?health=critical",
    "Report of the last 30 days": "/reports?last=30d",
}
ON_A_TICKET = {"New note on": "#note", "Resolve, assign or hold": "#actions", "Why is this here:": "#why"}
Found = dict[str, Any]


def look(session: Session, desk: HttpDesk, request: Request) -> View:
    """What was found, tickets first; nothing for no words."""
    text = request.query_params.get("text", "").strip()[:LONGEST]
    if text.startswith(PLACE):
        found = list(_places(session, desk, text.removeprefix(PLACE)))
    else:
        found = [*_tickets(session, text), *_defined(desk.shelf.current(), text)] if text else []
    return View(
        template="search.html",
        room="search",
        title=f"Search for {text}" if text else "Search",
        document={"text": text, "found": found},
        shown={"search_text": text, "kinds": list(dict.fromkeys(row["kind"] for row in found))},
        rows=lambda: found,
        is_live=False,
    )


def page(request: Request) -> Response:
    """The page of what was found; the number of a ticket leads to the ticket itself."""
    desk = desk_of(request)
    mark_seen(request)
    with desk.database.reading() as session:
        meant = _exact(session, request.query_params.get("text", "").strip())
        if meant:
            return RedirectResponse(f"/tickets/{meant.number}", 303)
        return as_page(look(session, desk, request), session, request)


def _exact(session: Session, text: str) -> TicketView | None:
    """The ticket that is meant by INC-1042, inc1042 or 1042; None for anything else."""
    named = NUMBER.match(text)
    if named is None:
        return None
    try:
        return queries.find(session, f"{named[1] or 'INC'}-{named[2]}")
    except TicketNotFound:
        return None


def _tickets(session: Session, text: str) -> Iterator[Found]:
    exact = _exact(session, text)
    if exact:
        yield _ticket(exact)
    for ticket in queries.list_tickets(session, Selection(text=text), Page(limit=MOST_TICKETS)):
        if exact is None or ticket.number != exact.number:
            yield _ticket(ticket)


def _ticket(ticket: TicketView) -> Found:
    under = f"{ticket.state.replace('_', ' ')}, {ticket.service or 'no service'}"
    return _found("Tickets", f"{ticket.number} {ticket.title}", under, f"/tickets/{ticket.number}")


def _defined(definitions: Definitions, text: str) -> Iterator[Found]:
    """Monitors, services and runbooks in whose name or title every word stands."""
    every = {
        "Monitors": {m.id: (m.title, f"{m.kind} of {m.service}") for m in definitions.monitors.values()},
        "Services": {s.id: (s.title, f"of {s.owner}") for s in definitions.catalogue.services.values()},
        "Runbooks": {r.id: (r.title, f"of {r.owner}") for r in definitions.runbooks.values()},
    }
    for kind, named in every.items():
        fitting = [name for name, (title, _) in named.items() if _fits(f"{name} {title}", text)]
        for name in sorted(fitting)[:MOST_OTHERS]:
            title, under = named[name]
            yield _found(kind, title, f"{name}, {under}", f"/{kind.lower()}/{name}")


def _places(session: Session, desk: HttpDesk, text: str) -> Iterator[Found]:
    """Rooms, lists worth a name, and what can be done with a ticket that is named."""
    number = NAMED.search(text)
    if number is not None:
        found = _exact(session, number[0])
        words = NAMED.sub("", text)
        for act, part in ON_A_TICKET.items():
            if found and _fits(act, words):
                yield _found("Acts", f"{act} {found.number}", "", f"/tickets/{found.number}{part}")
        return
    for room in (*rooms(0, 0, None), *((DEMO,) if is_up(desk.settings) else ())):
        if _fits(f"go to {room.title}", text):
            yield _found("Go to", room.title, "", room.path)
    for title, path in LISTS.items():
        if _fits(f"go to {title}", text):
            yield _found("Go to", title, "", path)


def _fits(whole: str, words: str) -> bool:
    lower = whole.lower()
    return all(word in lower for word in words.lower().split())


def _found(kind: str, title: str, under: str, path: str) -> Found:
    return {"kind": kind, "title": title, "under": under, "path": path}


ROUTES = [*(route for route in routes(PATH, look) if route.path != PATH), Route(PATH, page)]
