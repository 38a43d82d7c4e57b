"""`/monitors`: every monitor, the failing ones first. Filters, order and page stand in the address."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams
from starlette.requests import Request

from console.documents.monitors import monitor_list
from console.documents.plain import plain
from console.http.desk import HttpDesk
from console.http.pages.view import View
from console.http.refusals import BadRequest
from monitors import queries

CHECKS = 60
ROWS = 100
WORST_FIRST = ("critical", "unknown", "warning", "ok")
Row = dict[str, Any]
ORDERS: dict[str, Callable[[Row], Any]] = {
    "worst": lambda row: (row["is_paused"], WORST_FIRST.index(row["health"]), row["service"], row["id"]),
    "name": lambda row: row["id"],
    "slowest": lambda row: (-(row["latency_s"] or 0), row["id"]),
    "service": lambda row: (row["service"], row["id"]),
    "oldest": lambda row: (row["last_checked_at"] is not None, row["last_checked_at"], row["id"]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the address asks for."""

    health: str = ""
    service: str = ""
    kind: str = ""
    text: str = ""
    order: str = "worst"
    page: int = 1

    def address(self, **changes: Any) -> str:
        """The same list with something changed; the first page again unless that is what changed."""
        wanted = replace(self, **({"page": 1} | changes))
        plain_list = Asked()
        words = {n: getattr(wanted, n) for n in Asked.__slots__ if getattr(wanted, n) != getattr(plain_list, n)}
        return "/monitors" + (f"?{urlencode(words)}" if words else "")

    def fits(self, row: Row) -> bool:
        exact = all(not getattr(self, n) or row[n] == getattr(self, n) for n in ("health", "service", "kind"))
        words = self.text.lower().split()
        return exact and all(word in f"{row['id']} {row['title']} {row['summary']}".lower() for word in words)


def look(session: Session, desk: HttpDesk, request: Request) -> View:
    """The monitors that the filters in the address let through; JSON and CSV have them all, the page a hundred."""
    now, definitions, asked = desk.clock.now(), desk.shelf.current(), asked_for(request.query_params)
    every = [row | {"health": str(row["health"])} for row in monitor_list(session, definitions, now)]
    found = sorted((row for row in every if asked.fits(row)), key=ORDERS[asked.order])
    rows = found[(asked.page - 1) * ROWS : asked.page * ROWS]
    shown = {
        "asked": asked,
        "rows": rows,
        "found": len(found),
        "pages": max(1, -(-len(found) // ROWS)),
        "counts": {health: sum(row["health"] == health for row in every) for health in WORST_FIRST},
        "total": len(every),
        "bars_of": _bars(session, [row["id"] for row in rows]),
        "services": sorted({row["service"] for row in every}),
        "kinds": sorted({row["kind"] for row in every}),
    }
    return View(
        template="monitors.html",
        room="monitors",
        title="Monitors",
        document=found,
        shown=shown,
        rows=lambda: plain(found),
        command="watchdesk monitors list",
    )


def asked_for(params: QueryParams) -> Asked:
    """The query string, understood. Raises BadRequest for words that are not known."""
    given = {name: params.get(name, "")[:200] for name in ("health", "service", "kind", "text")}
    order, page = params.get("order", "worst"), params.get("page", "1")
    for name, word, known in (("order", order, ORDERS), ("health", given["health"], ("", *WORST_FIRST))):
        if word not in known:
            message = f"'{word}' is no {name}; known are {', '.join(filter(None, known))}"
            raise BadRequest(message)
    if not page.isascii() or not page.isdigit() or not 1 <= int(page) <= 100_000:
        message = f"'{page}' is no page; pages are numbered from 1"
        raise BadRequest(message)
    return Asked(**given, order=order, page=int(page))


def _bars(session: Session, names: list[str]) -> dict[str, list[str | None]]:
    found = queries.last_results(session, CHECKS, names) if names else {}
    return {name: [health.value if health else None for health in results.health] for name, results in found.items()}
