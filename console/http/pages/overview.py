"""`/`: is anything wrong, what did the machine do, what is coming."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request

from console.demo.breaking import is_up
from console.documents.plain import plain
from console.documents.status import status_document
from console.documents.tickets import remediation_row, ticket_row
from console.http.desk import HttpDesk
from console.http.pages.figures import week_figures, week_report
from console.http.pages.lead import lead
from console.http.pages.ninety_days import ninety_days
from console.http.pages.tiles import service_tiles
from console.http.pages.view import View
from loop import approval
from loop.status import status
from runbooks.queries import list_remediations
from ticketing import queries
from ticketing.selection import Order, Page, Selection
from watchdesk import maintenance
from watchdesk.windows import next_starts

URGENT = 5
LOG = 10
TILES = 24
SOON = timedelta(days=7)


def look(session: Session, desk: HttpDesk, _: Request) -> View:
    """One look at everything, from the urgent to the coming."""
    now, definitions = desk.clock.now(), desk.shelf.current()
    state = status(session, definitions, now)
    week = week_report(session, desk, now)
    urgent = queries.list_tickets(session, Selection(is_open=True), Page(limit=URGENT, order=Order.URGENT))
    tiles = service_tiles(session, definitions, week)
    late = queries.count_tickets(session, Selection(is_open=True, due_before=now))
    document = {
        "status": status_document(state, desk.settings),
        "late": late,
        "week": week_figures(week),
        "urgent": [ticket_row(ticket) for ticket in urgent],
        "services": tiles[:TILES],
        "soon": _soon(session, desk, now),
        "waiting_plans": [plain(plan) for plan in approval.waiting(session, now)],
        "machine_log": [remediation_row(attempt) for attempt in list_remediations(session, LOG)],
    }
    shown = {
        "lead": lead(state),
        "has_demo": is_up(desk.settings),
        "days": ninety_days(session, desk, [tile["id"] for tile in tiles[:TILES]], now),
        "more_services": max(0, len(tiles) - TILES),
    }
    return View(
        template="overview.html",
        room="overview",
        title="Overview",
        document=document,
        shown=shown,
        command="watchdesk status",
    )


def _soon(session: Session, desk: HttpDesk, now: datetime) -> list[dict[str, Any]]:
    """Windows that begin within a week."""
    windows = maintenance.all_windows(session, desk.shelf.current().calendars.windows, now)
    coming = [(span, window) for span, window in next_starts(windows, now) if span.begins - now <= SOON]
    return [
        plain(
            {
                "at": span.begins,
                "ends": span.ends,
                "what": window.kind,
                "services": window.services,
                "reason": window.reason,
            }
        )
        for span, window in coming
    ]
