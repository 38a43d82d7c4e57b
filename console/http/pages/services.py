"""`/services` and `/services/…`: the map of what depends on what, and one service with its promises."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy.orm import Session
from starlette.requests import Request

from console.documents.plain import plain
from console.documents.services import service_detail, service_list
from console.drawings.dependencies import draw
from console.http.desk import HttpDesk
from console.http.pages.ninety_days import ninety_days
from console.http.pages.ticket import service_healths
from console.http.pages.view import View
from improvement.report import Period, make
from watchdesk.health import Health

MONTH = timedelta(days=30)
MOST_DRAWN = 150


def look(session: Session, desk: HttpDesk, _: Request) -> View:
    """All services, drawn and as a table."""
    now, definitions = desk.clock.now(), desk.shelf.current()
    services = definitions.catalogue.services
    rows = plain(service_list(session, definitions, now))
    uses = {name: service.depends_on for name, service in services.items()}
    healths = service_healths(session, definitions)
    chosen = _worth_drawing(uses, healths)
    shown = {
        "uses": uses,
        "drawn": draw(
            {name: tuple(used for used in uses[name] if used in chosen) for name in chosen},
            healths,
            {name: services[name].title for name in chosen},
        ),
        "left_out": len(services) - len(chosen),
    }
    return View(
        template="services.html",
        room="services",
        title="Services",
        document=rows,
        shown=shown,
        rows=lambda: rows,
        command="watchdesk services list",
    )


def _worth_drawing(uses: Mapping[str, Sequence[str]], healths: Mapping[str, str]) -> list[str]:
    """All services, or of very many those in trouble with their neighbours first."""
    if len(uses) <= MOST_DRAWN:
        return list(uses)
    bad = {name for name in uses if healths.get(name, "ok") != "ok"}
    near = bad | {used for name in bad for used in uses[name]} | {n for n in uses if bad.intersection(uses[n])}
    return sorted(uses, key=lambda name: (name not in bad, name not in near))[:MOST_DRAWN]


def one(session: Session, desk: HttpDesk, request: Request) -> View:
    """One service: state, promises, ninety days, monitors, tickets, neighbours."""
    now, definitions, name = desk.clock.now(), desk.shelf.current(), request.path_params["name"]
    document = service_detail(session, definitions, name, now)
    services = definitions.catalogue.services
    mine = {m.id: name for m in definitions.monitors.values() if m.service == name}
    month = make(session, definitions.catalogue, mine, Period(since=now - MONTH, until=now, service=name), now)
    uses = {name: services[name].depends_on}
    uses |= dict.fromkeys(document["depends_on"], ())
    uses |= dict.fromkeys(document["needed_by"], (name,))
    days = ninety_days(session, desk, [name], now).get(name, ())
    shown = {
        "days": days,
        "bad_days": [day for day in reversed(days) if day.worst in {Health.WARNING, Health.CRITICAL}],
        "month": month,
        "line": month.services[0],
        "drawn": draw(uses, service_healths(session, definitions), {n: services[n].title for n in uses})
        if len(uses) > 1
        else None,
    }
    title, command = services[name].title, f"watchdesk services show {name}"
    return View(template="service.html", room="services", title=title, document=document, shown=shown, command=command)
