"""A page is one look at the database, answered as HTML, as `.json`, and where it shows a table as `.csv`."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from console.documents.plain import plain
from console.http.desk import HttpDesk, desk_of
from console.http.events import mark_seen
from console.http.pages.frame import frame_of
from console.http.rendering import environment
from watchdesk.errors import NotFound

FRESH = {"cache-control": "no-store"}
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What was seen. `document` is what `.json` gives; `shown` is what only the page needs (drawings, choices);
    `rows` finds the table of `.csv`. `room` is the page's place in the rail, `command` the same on the command line,
    `path` the address when it is not the request's; a view that does not change by itself is not live.
    """

    template: str
    room: str
    title: str
    document: Any
    shown: Mapping[str, Any] = field(default_factory=dict)
    rows: Callable[[], Rows] | None = None
    command: str = ""
    path: str | None = None
    is_live: bool = True


Look = Callable[[Session, HttpDesk, Request], View]


def routes(path: str, look: Look) -> list[Route]:
    """The three addresses of a page."""
    stem = "/overview" if path == "/" else path
    return [
        Route(f"{stem}.json", _answered(look, _as_json)),
        Route(f"{stem}.csv", _answered(look, _as_csv)),
        Route(path, _answered(look, as_page)),
    ]


def as_page(view: View, session: Session, request: Request, status: int = 200) -> Response:
    """The view as a whole HTML page. `mark_seen` came before whatever was read for it."""
    now = desk_of(request).clock.now()
    frame = frame_of(session, request, view.room, now, view.path)
    template = environment().get_template(view.template)
    html = template.render(view=view, frame=frame, it=view.document, now=now, **view.shown)
    return HTMLResponse(html, status, headers=FRESH)


def _answered(look: Look, answer: Callable[[View, Session, Request], Response]) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        desk = desk_of(request)
        mark_seen(request)
        with desk.database.reading() as session:
            return answer(look(session, desk, request), session, request)

    return endpoint


def _as_json(view: View, _: Session, __: Request) -> Response:
    return JSONResponse(plain(view.document), headers=FRESH)


def _as_csv(view: View, _: Session, request: Request) -> Response:
    if view.rows is None:
        message = f"{request.url.path}: this page shows no table; .json has all of it"
        raise NotFound(message)
    text = io.StringIO()
    writer = csv.writer(text)
    rows = [plain(row) for row in view.rows()]
    names = list(rows[0]) if rows else []
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return Response(text.getvalue().encode("utf-8", "replace"), media_type="text/csv; charset=utf-8", headers=FRESH)


def _cell(value: Any) -> str:
    """Text for a cell; what a spreadsheet would take for a formula is quoted (OWASP, CSV injection)."""
    text = "" if value is None else str(value).replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
