"""`/status`: for everybody who uses the services. One file without scripts, which can also stand on its own."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from console.http.desk import HttpDesk, desk_of
from console.http.pages.reports import SELF_CONTAINED
from console.http.pages.ticket import service_healths
from console.http.rendering import environment
from improvement.days import DAYS, days_of_service
from improvement.facts import stretches_of
from ticketing import queries
from ticketing.selection import Page, Selection
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


def document_of(session: Session, desk: HttpDesk, now: datetime) -> dict[str, Any]:
    """What the public may know: services and their days, open and past incidents by title, planned maintenance."""
    definitions = desk.shelf.current()
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
    incidents = queries.list_tickets(session, recent, Page(limit=50))
    return {
        "services": services,
        "worst": next((h for h in ("critical", "unknown", "warning") if h in healths.values()), "ok"),
        "open": [i for i in incidents if i.resolved_at is None and i.state != "cancelled"],
        "past": [i for i in incidents if i.resolved_at is not None],
        "maintenance": _maintenance(session, desk, now),
    }


def _maintenance(session: Session, desk: HttpDesk, now: datetime) -> list[dict[str, Any]]:
    windows = maintenance.all_windows(session, desk.shelf.current().calendars.windows, now)
    running = [(span, window) for window in windows if (span := occurrence_at(window, now)) is not None]
    coming = [(span, w) for span, w in next_starts(windows, now) if span.begins - now < timedelta(days=14)]
    return [
        {"begins": span.begins, "ends": span.ends, "services": window.services, "reason": window.reason}
        for span, window in (*running, *coming)
    ]


def status_html(session: Session, desk: HttpDesk, now: datetime) -> str:
    """The whole page as one file, styles included."""
    return environment(now).get_template("public.html").render(it=document_of(session, desk, now), now=now)


def page(request: Request) -> Response:
    desk = desk_of(request)
    with desk.database.reading() as session:
        html = status_html(session, desk, desk.clock.now())
    return HTMLResponse(html, headers={"content-security-policy": SELF_CONTAINED})


def as_json(request: Request) -> Response:
    desk = desk_of(request)
    with desk.database.reading() as session:
        found = document_of(session, desk, desk.clock.now())
    return JSONResponse(
        {
            "worst": found["worst"],
            "services": [{name: s[name] for name in ("id", "title", "health", "says")} for s in found["services"]],
            "open": [{"number": i.number, "title": i.title, "since": i.opened_at.isoformat()} for i in found["open"]],
        }
    )


ROUTES = [Route("/status.json", as_json), Route("/status", page)]
