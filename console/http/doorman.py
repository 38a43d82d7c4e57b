"""Who may come in: the Host and Origin of each request, the password where one is set, and what a page may load."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.http.lock import LOOPBACK
from console.http.trust import is_own, knows
from watchdesk.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
KNOCKS_WITHOUT_PASSWORD = ("/ping/", "/healthz")  # a ping has rules of its own; health tells nothing


class Doorman:
    """ASGI middleware. On loopback only loopback names are taken as Host, so that no foreign page can reach in by
    a name that it resolves to 127.0.0.1; a request that changes something must come from our own pages or from a
    program.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._password = settings.password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        answer = self._app if refusal is None else refusal
        await answer(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_our_name(host):
            return _refuse(421, f"this console does not answer to the name '{host}'; use {self._settings.url}")
        is_ping = scope["path"].startswith("/ping/")
        if scope["method"] not in SAFE_METHODS and not is_ping and not is_own(headers):
            return _refuse(403, "a change must come from this console's own pages or from a program, not another site")
        is_open = not self._password or scope["path"].startswith(KNOCKS_WITHOUT_PASSWORD)
        if not is_open and not knows(headers, self._password or ""):
            return _refuse(401, "the console asks for its password", {"www-authenticate": 'Basic realm="Watchdesk"'})
        return None

    def _is_our_name(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname or ""
        return bool(self._password) or name in LOOPBACK or name == self._settings.host


def _refuse(status: int, reason: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": reason}, status, headers)


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
