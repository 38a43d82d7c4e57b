"""`/services` and `/services/…`: the map of what depends on what, and one service with its promises."""

from datetime import timedelta

from sqlalchemy.orm import Session
from starlette.requests import Request

from console.documents.plain import plain
from console.documents.services import service_detail, service_list
from console.drawings.dependencies import draw
from console.http.desk import HttpDesk
from console.http.pages.ticket import service_healths
from console.http.pages.view import View
from improvement.days import DAYS, days_of_service
from improvement.facts import stretches_of
from improvement.report import Period, make
from watchdesk.clock import EPOCH

MONTH = timedelta(days=30)


def look(session: Session, desk: HttpDesk, _: Request) -> View:
    """All services, drawn and as a table."""
    now, definitions = desk.clock.now(), desk.shelf.current()
    services = definitions.catalogue.services
    rows = plain(service_list(session, definitions, now))
    for row in rows:
        row["depends_on"] = list(services[row["id"]].depends_on)
    drawn = draw(
        {name: service.depends_on for name, service in services.items()},
        service_healths(session, definitions),
        {name: service.title for name, service in services.items()},
    )
    return View(
        template="services.html", room="services", title="Services", document=rows, shown={"drawn": drawn}, rows=rows
    )


def one(session: Session, desk: HttpDesk, request: Request) -> View:
    """One service: state, promises, ninety days, monitors, tickets, neighbours."""
    now, definitions, name = desk.clock.now(), desk.shelf.current(), request.path_params["name"]
    document = service_detail(session, definitions, name, now)
    services = definitions.catalogue.services
    mine = {m.id: name for m in definitions.monitors.values() if m.service == name}
    since = max(EPOCH, now - timedelta(days=DAYS))
    month = make(session, definitions.catalogue, mine, Period(since=now - MONTH, until=now, service=name), now)
    uses = {name: services[name].depends_on}
    uses |= dict.fromkeys(document["depends_on"], ())
    uses |= dict.fromkeys(document["needed_by"], (name,))
    shown = {
        "days": days_of_service(stretches_of(session, since, now, mine), list(mine), now),
        "month": month,
        "line": month.services[0],
        "drawn": draw(uses, service_healths(session, definitions), {n: services[n].title for n in uses})
        if len(uses) > 1
        else None,
    }
    return View(template="service.html", room="services", title=services[name].title, document=document, shown=shown)
