"""`/status`: for everybody who uses the services. One file without scripts, which can also stand on its own."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from console.documents.plain import plain
from console.http.desk import HttpDesk, desk_of
from console.http.pages.ninety_days import ninety_days
from console.http.pages.reports import SELF_CONTAINED
from console.http.pages.ticket import service_healths
from console.http.rendering import environment
from loop.definitions import Definitions
from ticketing import queries
from ticketing.selection import Page, Selection
from ticketing.views import TicketView
from ticketing.vocabulary import TicketState
from watchdesk import maintenance
from watchdesk.fingerprints import is_own
from watchdesk.windows import next_starts, occurrence_at

HISTORY = timedelta(days=14)
MOST_INCIDENTS = 50
CANCELLED = TicketState.CANCELLED
PAGE_LASTS_S = 5  # when something is wrong many look at once
WORDS = {
    "ok": "works",
    "warning": "works, with signs of trouble",
    "critical": "does not work",
    "unknown": "is not known at the moment",
    "none": "is not watched",
}


def document_of(session: Session, desk: HttpDesk, now: datetime) -> dict[str, Any]:
    """What the public may know: services and their days, open and past incidents by service, planned maintenance."""
    definitions = desk.shelf.current()
    healths = service_healths(session, definitions)
    days = ninety_days(session, desk, definitions.catalogue.services, now)
    services = [
        {"id": s.id, "title": s.title, "health": health, "says": WORDS[health], "days": days.get(s.id, ())}
        for s in definitions.catalogue.services.values()
        for health in (healths.get(s.id, "none"),)
    ]
    recent = Selection(kinds=("incident",), is_open=False, opened_since=now - HISTORY)
    return {
        "services": services,
        "worst": next((h for h in ("critical", "unknown", "warning") if h in healths.values()), "ok"),
        "open": _in_public(session, Selection(kinds=("incident",), is_open=True), definitions),
        "past": _in_public(session, recent, definitions),
        "maintenance": _maintenance(session, definitions, now),
    }


def _in_public(session: Session, wanted: Selection, definitions: Definitions) -> list[dict[str, Any]]:
    """The newest incidents of services, in the users' words; without those that were none, or about the watch."""
    found = queries.list_tickets(session, wanted, Page(limit=MOST_INCIDENTS))
    return [
        _told(i, definitions)
        for i in found
        if i.service in definitions.catalogue.services and i.state != CANCELLED and not is_own(i.fingerprint)
    ]


def _told(incident: TicketView, definitions: Definitions) -> dict[str, Any]:
    """One incident: neither what was measured nor where."""
    service = definitions.catalogue.services[incident.service or ""]
    says = {"warning": "It works, with signs of trouble.", "unknown": "It cannot be seen at the moment."}
    return {
        "service": service.title,
        "says": says.get(incident.severity or "", service.impact or "It does not work as it should."),
        "since": incident.opened_at,
        "is_acknowledged": incident.acknowledged_at is not None,
        "lasted_s": (incident.resolved_at - incident.opened_at).total_seconds() if incident.resolved_at else None,
    }


def _maintenance(session: Session, definitions: Definitions, now: datetime) -> list[dict[str, Any]]:
    windows = maintenance.all_windows(session, definitions.calendars.windows, now)
    running = [(span, window) for window in windows if (span := occurrence_at(window, now)) is not None]
    coming = [(span, w) for span, w in next_starts(windows, now) if span.begins - now < timedelta(days=14)]
    return [
        {"begins": span.begins, "ends": span.ends, "services": window.services, "reason": window.reason}
        for span, window in (*running, *coming)
    ]


def status_html(session: Session, desk: HttpDesk, now: datetime) -> str:
    """The whole page as one file, styles included."""
    return environment().get_template("public.html").render(it=document_of(session, desk, now), now=now)


def page(request: Request) -> Response:
    desk = desk_of(request)
    with desk.database.reading() as session:
        make = partial(status_html, session, desk, desk.clock.now())
        html = desk.almanac.kept("status", desk.clock.monotonic_s(), PAGE_LASTS_S, make)
    return HTMLResponse(html, headers={"content-security-policy": SELF_CONTAINED})


def as_json(request: Request) -> Response:
    desk = desk_of(request)
    with desk.database.reading() as session:
        found = document_of(session, desk, desk.clock.now())
    return JSONResponse(
        {
            "worst": found["worst"],
            "services": [{name: s[name] for name in ("id", "title", "health", "says")} for s in found["services"]],
            "open": plain(found["open"]),
            "past": plain(found["past"]),
            "maintenance": plain(found["maintenance"]),
        }
    )


ROUTES = [Route("/status.json", as_json), Route("/status", page)]
