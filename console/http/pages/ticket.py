"""`/tickets/INC-…`: what is happening, what was done, what a person can do about it."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request

from console.documents.plain import plain
from console.documents.tickets import ticket_detail
from console.drawings.dependencies import Map, draw
from console.drawings.ring import ring
from console.drawings.signal import Graph, Point, graph
from console.http.desk import HttpDesk
from console.http.pages.view import View
from loop.definitions import Definitions
from loop.explain import of_ticket
from monitors import queries as monitor_queries
from runbooks.queries import remediations_of, waiting_plans
from ticketing import clocks, queries, rendering
from ticketing.description import describe
from ticketing.views import TicketDetail
from ticketing.vocabulary import HoldReason, ResolutionCode
from watchdesk.health import Health, worst

BEFORE = timedelta(minutes=20)
AFTER = timedelta(minutes=5)
LONGEST = timedelta(days=2)
CHECKS = 60


def look(session: Session, desk: HttpDesk, request: Request) -> View:
    """One ticket with everything that is known of it."""
    now, definitions = desk.clock.now(), desk.shelf.current()
    number = request.path_params["number"]
    detail = queries.show(session, number, now)
    around = rendering.surroundings(session, detail, url=desk.settings.url)
    around = rendering.with_remediations(around, remediations_of(session, detail.ticket.id))
    told = describe(detail, definitions.catalogue, around)
    shown = {
        "told": told,
        "clocks": [(clock, ring(clock.elapsed, clock.within)) for clock in clocks.of_ticket(session, detail.ticket.id)],
        "graph": _graph(session, detail, now),
        "plans": [
            (plan, json.loads(plan.plan)) for plan in waiting_plans(session, now) if plan.ticket_id == detail.ticket.id
        ],
        "why": of_ticket(session, definitions, number, now),
        "neighbours": _neighbours(session, definitions, detail),
        "earlier": [plain(ticket) for ticket in around.earlier],
        "codes": [code.value for code in ResolutionCode],
        "reasons": [reason.value for reason in HoldReason],
        "groups": sorted({service.owner for service in definitions.catalogue.services.values()}),
        "filter": request.query_params.get("show", "all"),
    }
    document = ticket_detail(session, number, now)
    return View(
        template="ticket.html",
        room="tickets",
        title=f"{number} {detail.ticket.title}",
        document=document,
        shown=shown,
        rows=_timeline(document),
    )


def _graph(session: Session, detail: TicketDetail, now: datetime) -> Graph | None:
    """The monitor's results from a while before the failure to a while after its end."""
    ticket = detail.ticket
    if ticket.monitor is None:
        return None
    until = min(now, (ticket.resolved_at or now) + AFTER)
    since = max((detail.failing_since or ticket.opened_at) - BEFORE, until - LONGEST)
    found = monitor_queries.results_between(session, since, until, [ticket.monitor]).get(ticket.monitor)
    if found is None:
        return None
    points = [Point(*row) for row in zip(found.at, found.health, found.latency_s, strict=True)]
    return graph(points, datetime.fromtimestamp(points[0].at, tz=now.tzinfo), until)


def _neighbours(session: Session, definitions: Definitions, detail: TicketDetail) -> Map | None:
    """The service, what it depends on and what depends on it."""
    services, middle = definitions.catalogue.services, detail.ticket.service
    if middle is None or middle not in services:
        return None
    uses = {middle: services[middle].depends_on}
    uses |= {name: () for name in services[middle].depends_on if name in services}
    uses |= {name: (middle,) for name, service in services.items() if middle in service.depends_on}
    if len(uses) == 1:
        return None
    return draw(uses, service_healths(session, definitions), {name: services[name].title for name in uses})


def service_healths(session: Session, definitions: Definitions) -> dict[str, str]:
    """The worst health of each service's monitors; services that nothing watches are left out."""
    states = monitor_queries.states(session, definitions.monitors)
    found: dict[str, list[Health]] = {}
    for name, monitor in definitions.monitors.items():
        found.setdefault(monitor.service, []).append(states[name].health if name in states else Health.UNKNOWN)
    return {service: worst(healths).value for service, healths in found.items()}


def _timeline(document: dict[str, Any]) -> list[dict[str, Any]]:
    names = ("at", "actor_kind", "actor", "kind", "text", "from_state", "to_state")
    return [{name: entry.get(name) for name in names} for entry in document["timeline"]]
