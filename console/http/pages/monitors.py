"""`/monitors`: every monitor in one table, the failing ones first; thousands fit one page."""

from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request

from console.documents.monitors import monitor_list
from console.documents.plain import plain
from console.http.desk import HttpDesk
from console.http.pages.view import View
from monitors import queries

CHECKS = 30
BARS_UP_TO = 200
WORST_FIRST = ("critical", "unknown", "warning", "ok")


def look(session: Session, desk: HttpDesk, request: Request) -> View:
    """The monitors that the filters in the address let through."""
    now, definitions = desk.clock.now(), desk.shelf.current()
    wanted = {name: request.query_params.get(name, "") for name in ("health", "service", "kind", "text")}
    rows: list[dict[str, Any]] = plain(monitor_list(session, definitions, now))
    counts = {health: sum(row["health"] == health for row in rows) for health in WORST_FIRST}
    found = [row for row in rows if _fits(row, wanted)]
    found.sort(key=lambda row: (row["is_paused"], WORST_FIRST.index(row["health"]), row["service"], row["id"]))
    bars = _bars(session, [row["id"] for row in found[:BARS_UP_TO]])
    shown = {
        "wanted": wanted,
        "counts": counts,
        "total": len(rows),
        "bars_of": bars,
        "services": sorted({row["service"] for row in rows}),
        "kinds": sorted({row["kind"] for row in rows}),
    }
    return View(template="monitors.html", room="monitors", title="Monitors", document=found, shown=shown, rows=found)


def _fits(row: dict[str, Any], wanted: dict[str, str]) -> bool:
    exact = all(not wanted[name] or row[name] == wanted[name] for name in ("health", "service", "kind"))
    words = wanted["text"].lower().split()
    return exact and all(word in f"{row['id']} {row['title']} {row['summary']}".lower() for word in words)


def _bars(session: Session, names: list[str]) -> dict[str, list[str]]:
    found = queries.last_results(session, CHECKS, names) if names else {}
    return {name: [health.value for health in results.health] for name, results in found.items()}
