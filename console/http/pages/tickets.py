"""`/tickets`: the queue. Chips, filters, order and page stand in the address."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams
from starlette.requests import Request

from console.documents.plain import plain
from console.documents.tickets import ticket_row
from console.http.desk import HttpDesk
from console.http.pages.choices import groups_of
from console.http.pages.figures import key_figures
from console.http.pages.frame import who_is
from console.http.pages.view import View
from console.http.refusals import BadRequest
from monitors import queries as monitor_queries
from ticketing import queries
from ticketing.selection import Order, Page, Selection
from ticketing.views import ChipCounts, TicketView
from ticketing.vocabulary import ActorKind, ResolutionCode

ROWS = 50
CHECKS = 60
CHIPS = {
    "unassigned": "Unassigned",
    "mine": "Mine",
    "open": "Open",
    "due": "Due today",
    "approval": "Waiting for approval",
    "machine": "Resolved by machine",
    "all": "All",
}
ORDERS = {"urgent": Order.URGENT, "due": Order.DUE, "newest": Order.NEWEST}
MOST_IN_CSV = 10_000
SNOOZES = {"1h": "an hour", "4h": "four hours", "1d": "a day", "3d": "three days", "7d": "a week"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks for."""

    chip: str
    order: str
    page: int
    text: str
    service: str
    priority: str

    def address(self, **changes: Any) -> str:
        """The same list with something changed; the first page again unless that is what changed."""
        wanted = replace(self, **({"page": 1} | changes))
        defaults = Asked(chip="open", order="urgent", page=1, text="", service="", priority="")
        words = {
            name: getattr(wanted, name) for name in Asked.__slots__ if getattr(wanted, name) != getattr(defaults, name)
        }
        return "/tickets" + (f"?{urlencode(words)}" if words else "")


def look(session: Session, desk: HttpDesk, request: Request) -> View:
    """The tickets that the address asks for, with their bars and due times."""
    now, who = desk.clock.now(), who_is(request)
    asked = asked_for(request.query_params)
    today_ends = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    selection = _selection(asked, who, today_ends)
    found = queries.list_tickets(
        session, selection, Page(limit=ROWS, offset=(asked.page - 1) * ROWS, order=ORDERS[asked.order])
    )
    total = queries.count_tickets(session, selection)
    counts = queries.chip_counts(session, who, today_ends)

    def all_rows() -> list[dict[str, Any]]:
        everything = Page(limit=MOST_IN_CSV, order=ORDERS[asked.order])
        return [ticket_row(ticket) for ticket in queries.list_tickets(session, selection, everything)]

    document = {
        "tickets": _rows(session, found),
        "total": total,
        "page": asked.page,
        "pages": max(1, -(-total // ROWS)),
        "counts": plain(counts),
        "figures": key_figures(session, desk, now),
    }
    shown = {
        "asked": asked,
        "chips": _chips(counts),
        "search_text": asked.text,
        "services": sorted(desk.shelf.current().catalogue.services),
        "groups": groups_of(desk.shelf.current()),
        "codes": [code.value for code in ResolutionCode],
        "lengths": SNOOZES,
    }
    return View(
        template="tickets.html",
        room="tickets",
        title="Tickets",
        document=document,
        shown=shown,
        rows=all_rows,
        command=_command(asked),
    )


def asked_for(params: QueryParams) -> Asked:
    """The query string, understood. Raises BadRequest for words that are not known."""
    asked = Asked(
        chip=params.get("chip", "all" if params.get("text") else "open"),
        order=params.get("order", "urgent"),
        page=_page(params.get("page", "1")),
        text=params.get("text", "")[:200],
        service=params.get("service", ""),
        priority=params.get("priority", ""),
    )
    for name, known in (("chip", CHIPS), ("order", ORDERS)):
        if getattr(asked, name) not in known:
            message = f"'{getattr(asked, name)}' is no {name}; known are {', '.join(known)}"
            raise BadRequest(message)
    return asked


def _page(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 100_000:
        message = f"'{text}' is no page; pages are numbered from 1"
        raise BadRequest(message)
    return int(text)


def _selection(asked: Asked, who: str, today_ends: datetime) -> Selection:
    wanted = Selection(
        text=asked.text,
        services=(asked.service,) if asked.service else (),
        priorities=(asked.priority,) if asked.priority else (),
    )
    narrowed: dict[str, dict[str, Any]] = {
        "unassigned": {"is_open": True, "is_unassigned": True},
        "mine": {"is_open": True, "assignee": who},
        "open": {"is_open": True},
        "due": {"is_open": True, "due_before": today_ends},
        "approval": {"is_open": True, "is_awaiting_approval": True},
        "machine": {"is_open": False, "resolved_by_kind": ActorKind.MACHINE},
        "all": {},
    }
    return replace(wanted, **narrowed[asked.chip])


def _chips(counts: ChipCounts) -> list[tuple[str, str, int]]:
    numbers = {
        "unassigned": counts.unassigned,
        "mine": counts.mine,
        "open": counts.open,
        "due": counts.due_today,
        "approval": counts.waiting_for_approval,
        "machine": counts.resolved_by_machine,
        "all": counts.all,
    }
    return [(name, title, numbers[name]) for name, title in CHIPS.items()]


def _rows(session: Session, found: tuple[TicketView, ...]) -> list[dict[str, Any]]:
    monitors = {ticket.monitor for ticket in found if ticket.monitor}
    results = monitor_queries.last_results(session, CHECKS, monitors) if monitors else {}
    rows = []
    for ticket in found:
        row = ticket_row(ticket)
        seen = results.get(ticket.monitor or "")
        row["last_checks"] = [health.value for health in seen.health] if seen else []
        rows.append(row)
    return rows


def _command(asked: Asked) -> str:
    is_open = "" if asked.chip in {"all", "machine"} else " --open"
    return f"watchdesk tickets list{is_open}" + (f" --service {asked.service}" if asked.service else "")
