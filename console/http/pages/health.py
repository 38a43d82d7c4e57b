"""`/health`: Watchdesk itself. Who watches, how late, what was refused, what does not add up."""

from sqlalchemy.orm import Session
from starlette.requests import Request

from console.documents.status import status_document
from console.http.desk import HttpDesk
from console.http.pages.view import View
from console.migrations.schema_version import revision_of
from loop.status import newest_lateness, status
from ticketing import outbox


def look(session: Session, desk: HttpDesk, _: Request) -> View:
    """The state of the machine that watches the machines."""
    now = desk.clock.now()
    state = status(session, desk.shelf.current(), now)
    lateness = newest_lateness(session)
    document = status_document(state, desk.settings) | {
        "lateness_s": None if lateness is None else lateness.total_seconds(),
        "reconciliation": dict(state.reconciliation),
        "outbox": [{"connector": c, "state": s, "count": n} for (c, s), n in outbox.counts(session).items()],
        "dead_letters": [str(letter.key) for letter in outbox.dead_letters(session)],
        "database": {"kind": desk.database.engine.dialect.name, "schema": revision_of(session)},
    }
    return View(
        template="health.html", room="health", title="Watchdesk itself", document=document, command="watchdesk status"
    )
