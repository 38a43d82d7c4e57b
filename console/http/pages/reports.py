"""`/reports`: the report of any period, of all services or of one."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from console.http.desk import HttpDesk, desk_of
from console.http.pages.view import View
from console.http.refusals import BadRequest
from improvement.page import render, verdict
from improvement.report import Period, Report, make
from loop.operations import require_service
from watchdesk.definitions.quantities import parse_duration

LAST = {"1h": "an hour", "1d": "a day", "7d": "a week", "30d": "30 days", "90d": "90 days", "365d": "a year"}
LONGEST = timedelta(days=1000)
SELF_CONTAINED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'"


def look(session: Session, desk: HttpDesk, request: Request) -> View:
    """The figures; the page itself, for printing and sending, is at /reports/page."""
    report = _report(session, desk, request.query_params)
    shown = {
        "report": report,
        "verdict": verdict(report),
        "last": request.query_params.get("last", "7d"),
        "choices": LAST,
        "service": request.query_params.get("service", ""),
        "services": sorted(desk.shelf.current().catalogue.services),
        "query": request.url.query,
    }
    document = report.to_json()
    return View(
        template="reports.html",
        room="reports",
        title="Reports",
        document=document,
        shown=shown,
        rows=lambda: [{k: v for k, v in line.items() if k != "seconds"} for line in document["services"]],
        command=_command(request.query_params),
        is_live=False,
    )


def page(request: Request) -> Response:
    """The self-contained page, as the command `report --format html` writes it."""
    desk = desk_of(request)
    with desk.database.reading() as session:
        html = render(_report(session, desk, request.query_params))
    return HTMLResponse(html, headers={"content-security-policy": SELF_CONTAINED})


def _report(session: Session, desk: HttpDesk, params: QueryParams) -> Report:
    now, definitions = desk.clock.now(), desk.shelf.current()
    service = params.get("service") or None
    if service is not None:
        require_service(definitions, service)
    monitors = {name: monitor.service for name, monitor in definitions.monitors.items()}
    period = Period(since=_since(params.get("last", "7d"), now), until=now, service=service)
    return make(session, definitions.catalogue, monitors, period, now)


def _command(params: QueryParams) -> str:
    service = f" --service {params['service']}" if params.get("service") else ""
    return f"watchdesk report --since {params.get('last', '7d')}{service} --to report.html"


def _since(last: str, now: datetime) -> datetime:
    try:
        length = parse_duration(last)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    if not timedelta(0) < length <= LONGEST:
        message = f"'{last}': a report covers more than nothing and at most {LONGEST.days} days"
        raise BadRequest(message)
    return now - length


ROUTES = [Route("/reports/page", page)]
