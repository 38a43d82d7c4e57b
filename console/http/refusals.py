"""Errors as HTTP answers: JSON for programs, a page for browsers, the same words as on the command line."""

from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from console.http.desk import desk_of
from console.http.icon import icon
from console.http.rendering import environment
from console.http.trust import is_trusted
from watchdesk.errors import DatabaseUnavailable, NotFound, Refused, WatchdeskError

STATUS: tuple[tuple[type[WatchdeskError], int], ...] = (
    (NotFound, 404),
    (Refused, 409),
    (DatabaseUnavailable, 503),
)
TITLES = {400: "That was not understood", 404: "There is no such thing", 409: "Not done", 503: "Not at the moment"}
AWAY = "the database does not answer or cannot be used; `watchdesk doctor` says more"


class BadRequest(WatchdeskError):
    """What was sent cannot be understood."""


class NameNeeded(BadRequest):
    """Something was to be done by nobody."""

    def __init__(self) -> None:
        super().__init__("say who you are first: whatever is done is kept with a name")


def answer_error(request: Request, error: Exception) -> Response:
    """The error's own words with the status that fits. Where the database is, strangers need not know."""
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 400)
    headers = {"retry-after": "5"} if status == 503 else None
    reason = str(error) if status != 503 or is_trusted(request.scope, desk_of(request).settings) else AWAY
    if wants_page(request):
        return _page(request, status, reason, headers, needs_name=isinstance(error, NameNeeded))
    return JSONResponse({"error": reason}, status, headers)


def answer_http_error(request: Request, error: Exception) -> Response:
    """Unknown addresses and methods."""
    found = error if isinstance(error, HTTPException) else HTTPException(500)
    reason = f"{found.detail}: {request.url.path}"
    if wants_page(request):
        return _page(request, found.status_code, reason, dict(found.headers or {}))
    return JSONResponse({"error": reason}, found.status_code, found.headers)


def answer_fault(request: Request, error: Exception) -> Response:  # noqa: ARG001  what went wrong stands in the log
    """A fault of our own; the server's log has the whole of it."""
    message = f"a fault of Watchdesk itself while answering {request.url.path}; its log says more"
    return _page(request, 500, message) if wants_page(request) else JSONResponse({"error": message}, 500)


def wants_page(request: Request) -> bool:
    """Whether a person reads the answer in a browser."""
    is_data = request.url.path.startswith(("/api/", "/ping/")) or request.url.path.endswith((".json", ".csv"))
    return not is_data and "text/html" in request.headers.get("accept", "")


def _page(
    request: Request, status: int, reason: str, headers: dict[str, str] | None = None, *, needs_name: bool = False
) -> Response:
    template = environment().get_template("refused.html")
    html = template.render(
        title=TITLES.get(status, "Something went wrong"),
        reason=reason[:1].upper() + reason[1:],
        back=came_from(request),
        needs_name=needs_name,
        icon=icon("P1"),
    )
    return HTMLResponse(html, status, headers)


def came_from(request: Request) -> str:
    """The page of ours from which the request came; the overview otherwise."""
    parts = urlsplit(request.headers.get("referer", ""))
    is_ours = parts.netloc == request.headers.get("host") and parts.path.startswith("/") and parts.path != "/who"
    return parts.path + (f"?{parts.query}" if parts.query else "") if is_ours else "/"


ERRORS = {WatchdeskError: answer_error, HTTPException: answer_http_error, Exception: answer_fault}
