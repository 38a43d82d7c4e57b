"""`/`: is anything wrong, who watches, what is open."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from console.documents.monitors import monitor_list
from console.documents.plain import plain
from console.documents.status import status_document
from console.documents.tickets import ticket_list
from console.http.desk import HttpDesk, desk_of
from console.http.rendering import environment
from loop.status import Status
from loop.status import status as look
from watchdesk.health import Health

WORST_FIRST = ("critical", "unknown", "warning", "ok")
COLOURS = {"critical": "#b3201b", "warning": "#b87700", "unknown": "#6f3fb0", "ok": "#14733b"}


def page(request: Request) -> Response:
    """The page, from one look at the database."""
    desk = desk_of(request)
    now, definitions = desk.clock.now(), desk.shelf.current()
    with desk.database.reading() as session:
        status = look(session, definitions, now)
        rows = plain(monitor_list(session, definitions, now))
        tickets = ticket_list(session, {"only_open": True}, now)
    html = (
        environment(now)
        .get_template("status.html")
        .render(
            status=status_document(status, desk.settings),
            monitors=sorted(rows, key=lambda row: (WORST_FIRST.index(row["health"]), row["id"])),
            tickets=sorted(tickets, key=lambda row: (row["priority"], row["opened_at"])),
            headline=headline(status),
            sentence_of_shift=_sentence(status, desk),
            icon=icon(status),
            now=now.isoformat(),
        )
    )
    return HTMLResponse(html)


def headline(status: Status) -> str:
    """The state of everything in one sentence."""
    bad = [f"{count} {health}" for health, count in status.monitors.items() if count and health is not Health.OK]
    if status.shift is None:
        return "Nobody watches: start it with 'watchdesk up'"
    if not bad:
        return "All is well" if sum(status.monitors.values()) else "Nothing is watched yet"
    return f"{', '.join(bad)} of {sum(status.monitors.values())} monitors"


def icon(status: Status) -> str:
    """A favicon in the colour of the worst health."""
    found = next((health for health in WORST_FIRST if status.monitors[Health(health)]), "ok")
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<circle cx="8" cy="8" r="7" fill="{COLOURS[found]}"/></svg>'
    )
    return f"data:image/svg+xml,{quote(drawing)}"


def _sentence(status: Status, desk: HttpDesk) -> str:
    if status.shift is None:
        return f"no shift holds the lease; {desk.settings.url}"
    relief = "a relief stands ready" if status.shift.relief else "no relief stands ready"
    return f"process {status.shift.pid} since {status.shift.since:%H:%M:%S} UTC, {relief}"
