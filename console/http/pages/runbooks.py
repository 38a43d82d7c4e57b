"""`/runbooks`, `/runbooks/…` and `/runs/…`: what may be done, how it fared, and one attempt step by step."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from starlette.requests import Request

from console.documents.plain import plain
from console.documents.runbooks import runbook_detail, runbook_list
from console.documents.tickets import remediation_row
from console.http.desk import HttpDesk
from console.http.pages.view import View
from loop.approval import Preview, preview_for_monitor, waiting
from loop.definitions import Definitions
from loop.explain import of_runbook
from runbooks import queries
from ticketing import queries as tickets

RECORD = timedelta(days=30)


def look(session: Session, desk: HttpDesk, _: Request) -> View:
    """All runbooks with their record, the kill switch, and the newest attempts."""
    now = desk.clock.now()
    rows = plain(runbook_list(session, desk.shelf.current(), now))
    stop = queries.stop_in_force(session, now)
    shown = {
        "stop": plain(stop) if stop else None,
        "runs": [remediation_row(run) for run in queries.list_remediations(session, 20)],
        "waiting": [plain(plan) for plan in waiting(session, now)],
    }
    return View(
        template="runbooks.html",
        room="runbooks",
        title="Runbooks",
        document=rows,
        shown=shown,
        rows=lambda: rows,
        command="watchdesk runbooks list",
    )


def one(session: Session, desk: HttpDesk, request: Request) -> View:
    """One runbook: definition, record, trust, why it would or would not run."""
    now, definitions, name = desk.clock.now(), desk.shelf.current(), request.path_params["name"]
    document = runbook_detail(session, definitions, name, now)
    record = next((r for r in queries.statistics(session, now - RECORD, now) if r.runbook == name), None)
    preview = _preview(session, definitions, name, now)
    shown = {
        "why": of_runbook(session, definitions, name, now),
        "runbook": definitions.runbooks[name],
        "planned": preview.plan if preview else None,
        "flaw": preview.flaw if preview else "",
        "record": record,
    }
    command = f"watchdesk runbooks show {name}"
    return View(template="runbook.html", room="runbooks", title=name, document=document, shown=shown, command=command)


def _preview(session: Session, definitions: Definitions, name: str, now: datetime) -> Preview | None:
    """What it would do about the first of its monitors that is defined."""
    runbook = definitions.runbooks[name]
    monitor = next((m for m in runbook.match.monitors if m in definitions.monitors), None)
    return None if monitor is None else preview_for_monitor(session, runbook, monitor, definitions, now)


def run(session: Session, _: HttpDesk, request: Request) -> View:
    """One attempt with every step and its output."""
    attempt = queries.show(session, request.path_params["run"])
    document = remediation_row(attempt)
    ticket = tickets.show_by_id(session, attempt.ticket_id).ticket
    took = attempt.ended_at - attempt.started_at if attempt.ended_at else None
    shown = {"ticket": plain(ticket), "took_s": took.total_seconds() if took else None}
    title = f"{attempt.runbook}, attempt {attempt.attempt}"
    command = f"watchdesk runbooks history --runbook {attempt.runbook}"
    return View(template="run.html", room="runbooks", title=title, document=document, shown=shown, command=command)
