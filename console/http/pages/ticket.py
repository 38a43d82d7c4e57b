"""`/tickets/INC-…`: what is happening, what was done, what a person can do about it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request

from console.documents.plain import plain
from console.documents.tickets import ticket_detail
from console.drawings.dependencies import Map, draw
from console.drawings.ring import Ring, ring
from console.drawings.signal import Graph, Point, graph
from console.http.desk import HttpDesk
from console.http.pages.choices import groups_of
from console.http.pages.happening import happening, progress
from console.http.pages.limits import limits_of
from console.http.pages.view import View
from console.http.refusals import BadRequest
from loop import approval
from loop.definitions import Definitions
from loop.explain import of_ticket
from monitors import queries as monitor_queries
from runbooks.queries import remediations_of
from ticketing import clocks, queries, rendering
from ticketing.clocks import ClockView
from ticketing.description import describe
from ticketing.selection import Page, Selection
from ticketing.service_level import ClockState
from ticketing.views import TicketDetail
from ticketing.vocabulary import OPEN, HoldReason, ResolutionCode, TicketKind
from watchdesk.calendars import ALWAYS
from watchdesk.fingerprints import is_own
from watchdesk.health import Health, worst

BEFORE = timedelta(minutes=20)
AFTER = timedelta(minutes=5)
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=2)
OFFERED = 20
FIRST_ENTRIES, LAST_ENTRIES = 20, 80
WHOSE = ("all", "machine", "people")
COLUMNS = ("seq", "at", "actor_kind", "actor", "kind", "text", "from_state", "to_state")


def look(session: Session, desk: HttpDesk, request: Request) -> View:
    """One ticket with everything that is known of it."""
    whose = _whose(request)
    now, definitions = desk.clock.now(), desk.shelf.current()
    number = request.path_params["number"]
    detail = queries.show(session, number, now)
    around = rendering.surroundings(session, detail, url=desk.settings.url)
    around = rendering.with_remediations(around, remediations_of(session, detail.ticket.id))
    document = ticket_detail(session, number, now)
    healths = service_healths(session, definitions)
    shown = (
        _timeline(whose, document["timeline"])
        | _choices(session, definitions, detail)
        | {
            "told": describe(detail, definitions.catalogue, around),
            "happening": happening(detail, definitions, healths, now),
            "clocks": [promise(clock, now) for clock in clocks.of_ticket(session, detail.ticket.id)],
            "graph": _graph(session, definitions, detail, now),
            "progress": progress(document["remediations"]),
            "is_own": is_own(detail.ticket.monitor),
            "knows_service": detail.ticket.service in definitions.catalogue.services,
            "plans": [
                (plan, json.loads(plan.plan))
                for plan in approval.waiting(session, now)
                if plan.ticket_id == detail.ticket.id
            ],
            "why": of_ticket(session, definitions, number, now),
            "neighbours": _neighbours(definitions, detail, healths),
            "earlier": [plain(ticket) for ticket in around.earlier],
            "stale": None,
        }
    )
    return View(
        template="ticket.html",
        room="tickets",
        title=f"{number} {detail.ticket.title}",
        document=document,
        shown=shown,
        rows=lambda: [{name: entry[name] for name in COLUMNS} for entry in document["timeline"]],
        command=f"watchdesk tickets show {number}",
        path=f"/tickets/{number}" + (f"?show={whose}" if whose != "all" else ""),
    )


def _whose(request: Request) -> str:
    whose = request.query_params.get("show", "all")
    if whose not in WHOSE:
        message = f"'{whose}': a timeline shows {', '.join(WHOSE)}"
        raise BadRequest(message)
    return whose


def _timeline(whose: str, timeline: list[dict[str, Any]]) -> dict[str, Any]:
    """The entries of those who were asked for; of very many the first and the last. `seen` is the newest of all."""
    found = [e for e in timeline if whose == "all" or (whose == "people") == (e["actor_kind"] == "person")]
    left_out = max(0, len(found) - FIRST_ENTRIES - LAST_ENTRIES)
    return {
        "filter": whose,
        "entries": found[:FIRST_ENTRIES] + found[-LAST_ENTRIES:] if left_out else found,
        "left_out": left_out,
        "seen": timeline[-1]["seq"] if timeline else 0,
    }


def promise(clock: ClockView, now: datetime) -> tuple[ClockView, Ring, timedelta]:
    """A promise, its ring, and what is left of it now, less than nothing when it is late.

    Clocks are measured now and then; one that runs around the clock, or is late, is known to the second.
    """
    left = clock.within - clock.elapsed
    if clock.state is ClockState.RUNNING and clock.due_at is not None:
        left = clock.due_at - now if clock.calendar == ALWAYS.id or clock.due_at <= now else left
    return clock, ring(clock.elapsed if clock.completed_at else clock.within - left, clock.within), left


def _choices(session: Session, definitions: Definitions, detail: TicketDetail) -> dict[str, Any]:
    """What the forms for acts offer."""
    return {
        "codes": [code.value for code in ResolutionCode],
        "reasons_to_hold": [reason.value for reason in HoldReason],
        "groups": groups_of(definitions),
        "is_mergeable": detail.ticket.kind == TicketKind.INCIDENT and detail.ticket.state in OPEN,
        "others": _others(session, detail),
    }


def _others(session: Session, detail: TicketDetail) -> list[dict[str, Any]]:
    """Open incidents that it could be a duplicate of, the newest first."""
    found = queries.list_tickets(session, Selection(is_open=True, kinds=(TicketKind.INCIDENT,)), Page(limit=OFFERED))
    return [{"number": t.number, "title": t.title} for t in found if t.id != detail.ticket.id]


def _graph(session: Session, definitions: Definitions, detail: TicketDetail, now: datetime) -> Graph | None:
    """The monitor's results from a while before the failure to a while after its end, as the failure is long."""
    ticket = detail.ticket
    if ticket.monitor is None:
        return None
    began, ended = detail.failing_since or ticket.opened_at, ticket.resolved_at or now
    lasted = ended - began
    until = min(now, ended + min(AFTER, max(SHORTEST, lasted)))
    since = max(began - min(BEFORE, max(SHORTEST, 2 * lasted)), until - LONGEST)
    found = monitor_queries.results_between(session, since, until, [ticket.monitor]).get(ticket.monitor)
    if found is None:
        return None
    points = [Point(*row) for row in zip(found.at, found.health, found.latency_s, strict=True)]
    since = datetime.fromtimestamp(points[0].at, tz=now.tzinfo)
    return graph(points, since, until, limits_of(definitions, ticket.monitor))


def _neighbours(definitions: Definitions, detail: TicketDetail, healths: Mapping[str, str]) -> Map | None:
    """The service, what it depends on and what depends on it."""
    services, middle = definitions.catalogue.services, detail.ticket.service
    if middle is None or middle not in services:
        return None
    uses = {middle: services[middle].depends_on}
    uses |= {name: () for name in services[middle].depends_on if name in services}
    uses |= {name: (middle,) for name, service in services.items() if middle in service.depends_on}
    if len(uses) == 1:
        return None
    return draw(uses, healths, {name: services[name].title for name in uses})


def service_healths(session: Session, definitions: Definitions) -> dict[str, str]:
    """The worst health of each service's monitors; services that nothing watches are left out."""
    states = monitor_queries.states(session, definitions.monitors)
    found: dict[str, list[Health]] = {}
    for name, monitor in definitions.monitors.items():
        found.setdefault(monitor.service, []).append(states[name].health if name in states else Health.UNKNOWN)
    return {service: worst(healths).value for service, healths in found.items()}
