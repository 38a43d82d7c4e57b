"""Errors as HTTP answers: JSON for programs, the same words as on the command line."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.migrations.schema_version import SchemaNotCurrent
from watchdesk.errors import DatabaseUnavailable, NotFound, Refused, WatchdeskError

STATUS: tuple[tuple[type[WatchdeskError], int], ...] = (
    (NotFound, 404),
    (Refused, 409),
    (DatabaseUnavailable, 503),
    (SchemaNotCurrent, 503),
)


class BadRequest(WatchdeskError):
    """What was sent cannot be understood."""


def answer_error(request: Request, error: Exception) -> Response:  # noqa: ARG001  Starlette's signature
    """The error's own words with the status that fits."""
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 400)
    headers = {"retry-after": "5"} if status == 503 else None
    return JSONResponse({"error": str(error)}, status, headers)


def answer_http_error(request: Request, error: Exception) -> Response:
    """Unknown addresses and methods."""
    found = error if isinstance(error, HTTPException) else HTTPException(500)
    return JSONResponse({"error": f"{found.detail}: {request.url.path}"}, found.status_code, found.headers)


def answer_fault(request: Request, error: Exception) -> Response:  # noqa: ARG001  what went wrong stands in the log
    """A fault of our own; the server's log has the whole of it."""
    message = f"a fault of Watchdesk itself while answering {request.url.path}; its log says more"
    return JSONResponse({"error": message}, 500)


ERRORS = {WatchdeskError: answer_error, HTTPException: answer_http_error, Exception: answer_fault}
