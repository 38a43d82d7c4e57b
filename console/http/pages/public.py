"""`/status`: for everybody who uses the services. One file without scripts, which can also stand on its own."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from console.documents.plain import plain
from console.http.desk import desk_of
from console.http.pages.reports import SELF_CONTAINED
from console.http.pages.ticket import service_healths
from console.http.rendering import environment
from improvement.days import DAYS, days_of_service
from improvement.facts import stretches_of
from loop.definitions import Definitions
from ticketing import queries
from ticketing.selection import Page, Selection
from ticketing.views import TicketView
from watchdesk import maintenance
from watchdesk.windows import next_starts, occurrence_at

HISTORY = timedelta(days=14)
WORDS = {
    "ok": "works",
    "warning": "works, with signs of trouble",
    "critical": "does not work",
    "unknown": "is not known at the moment",
    "none": "is not watched",
}


def document_of(session: Session, definitions: Definitions, now: datetime) -> dict[str, Any]:
    """What the public may know: services and their days, open and past incidents by title, planned maintenance."""
    healths = service_healths(session, definitions)
    stretches = stretches_of(session, now - timedelta(days=DAYS), now)
    services = []
    for service in definitions.catalogue.services.values():
        mine = [m.id for m in definitions.monitors.values() if m.service == service.id]
        health = healths.get(service.id, "none")
        days = days_of_service(stretches, mine, now)
        services.append(
            {"id": service.id, "title": service.title, "health": health, "says": WORDS[health], "days": days}
        )
    recent = Selection(kinds=("incident",), opened_since=now - HISTORY)
    incidents = [i for i in queries.list_tickets(session, recent, Page(limit=50)) if i.state != "cancelled"]
    public = [(incident, _in_public(incident, definitions)) for incident in incidents if incident.service]
    return {
        "services": services,
        "worst": next((h for h in ("critical", "unknown", "warning") if h in healths.values()), "ok"),
        "open": [told for incident, told in public if incident.resolved_at is None],
        "past": [told for incident, told in public if incident.resolved_at is not None],
        "maintenance": _maintenance(session, definitions, now),
    }


def _in_public(incident: TicketView, definitions: Definitions) -> dict[str, Any]:
    """An incident in the users' words: neither what was measured nor where."""
    service = definitions.catalogue.services.get(incident.service or "")
    says = {"warning": "It works, with signs of trouble.", "unknown": "It cannot be seen at the moment."}
    harm = service.impact if service and service.impact else "It does not work as it should."
    return {
        "service": service.title if service else incident.service,
        "says": says.get(incident.severity or "", harm),
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


def status_html(session: Session, definitions: Definitions, now: datetime) -> str:
    """The whole page as one file, styles included."""
    return environment().get_template("public.html").render(it=document_of(session, definitions, now), now=now)


def page(request: Request) -> Response:
    desk = desk_of(request)
    with desk.database.reading() as session:
        html = status_html(session, desk.shelf.current(), desk.clock.now())
    return HTMLResponse(html, headers={"content-security-policy": SELF_CONTAINED})


def as_json(request: Request) -> Response:
    desk = desk_of(request)
    with desk.database.reading() as session:
        found = document_of(session, desk.shelf.current(), desk.clock.now())
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
