"""`/monitors/…`: one monitor's history, its rule in words, its last results, and what can be done with it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from starlette.requests import Request

from console.documents.monitors import monitor_detail
from console.documents.plain import plain
from console.drawings.signal import Graph, Point, graph
from console.http.desk import HttpDesk
from console.http.pages.limits import limits_of
from console.http.pages.view import View
from console.http.refusals import BadRequest
from loop.definitions import Definitions
from loop.explain import of_monitor
from monitors import pauses, queries
from monitors.latencies import latency_percentiles
from ticketing import queries as tickets
from ticketing.selection import Page, Selection

RANGES = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
SHARES = (0.5, 0.95, 0.99)


def look(session: Session, desk: HttpDesk, request: Request) -> View:
    """One monitor over the range that the address asks for."""
    now, definitions, name = desk.clock.now(), desk.shelf.current(), request.path_params["name"]
    span = request.query_params.get("range", "1h")
    if span not in RANGES:
        message = f"'{span}' is no range; known are {', '.join(RANGES)}"
        raise BadRequest(message)
    document = monitor_detail(session, definitions, name, now)
    since = now - RANGES[span]
    spans = queries.spans(session, name, since, now)
    shown = {
        "graph": _graph(session, definitions, name, (since, now)),
        "ranges": list(RANGES),
        "range": span,
        "spans": [plain(found) for found in reversed(spans)][:50],
        "percentiles": latency_percentiles(session, since, now, [name], SHARES).get(name),
        "why": of_monitor(session, definitions, name, now),
        "pause": next((plain(p) for p in pauses.active(session, now) if p.monitor == name), None),
        "tickets": [plain(t) for t in tickets.list_tickets(session, Selection(monitors=(name,)), Page(limit=8))],
    }
    return View(
        template="monitor.html",
        room="monitors",
        title=name,
        document=document,
        shown=shown,
        rows=lambda: document["results"],
        command=f"watchdesk monitors show {name}",
    )


def _graph(session: Session, definitions: Definitions, name: str, span: tuple[datetime, datetime]) -> Graph | None:
    since, until = span
    found = queries.results_between(session, since, until, [name]).get(name)
    if found is None:
        return None
    points = [Point(*row) for row in zip(found.at, found.health, found.latency_s, strict=True)]
    return graph(points, since, until, limits_of(definitions, name))
