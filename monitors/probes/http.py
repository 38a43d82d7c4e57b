"""HTTP and HTTPS: status, headers, body, phases and certificate of one request."""

import json
import re
from email.message import Message
from typing import Annotated, Any
from urllib.parse import urlsplit

import pycurl
from pydantic import AfterValidator, Field, TypeAdapter

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.certificates import expires_in_s
from monitors.probes.conversations import Lookup
from monitors.probes.forms import AbsolutePath, Line, short_for
from monitors.probes.lanes import Lane
from monitors.probes.transfer_failures import failed
from monitors.probes.transfers import Exchange, Failure, Handle, Options, Transfer, name_to_look_up, took_s
from monitors.services_for_probes import ProbeServices, redact
from watchdesk.definitions.models import Definition

ALWAYS_SEEN = frozenset({"status", "latency"})
MAX_REDIRECTS = 10
CUT_SHORT = {pycurl.E_WRITE_ERROR, pycurl.E_FILESIZE_EXCEEDED}  # we stopped reading a large body

_URL = re.compile(r"https?://(?:[^\s/?#@]+@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(?:[/?#]\S*)?")


def _check_url(url: str) -> str:
    if url.startswith("secret:"):
        return url
    found = _URL.fullmatch(url)
    if not found or not url.isascii() or int(found.group(1) or 80) not in range(1, 65536):
        message = f"'{url}' is not a URL of http or https; write it in ASCII, like https://shop.example.org/health"
        raise ValueError(message)
    return url


class HttpForm(Definition):
    """What stands under `http`. `secret:NAME` in the URL, a header or the body is filled in when it is sent.

    `follow` follows up to ten redirects; without it a redirect is the answer. `reuse` keeps connections between
    checks; by default each check opens its own. `verify` and `ca` say whether and by which authorities a certificate
    is checked.
    """

    url: Annotated[Line, AfterValidator(_check_url)]
    method: Annotated[str, Field(pattern=r"^[A-Z]{1,32}$")] = "GET"
    headers: dict[Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")], Line] = Field(default_factory=dict)
    body: str | None = None
    follow: bool = False
    reuse: bool = False
    verify: bool = True
    ca: AbsolutePath | None = None


name = "http"
lane = Lane.HTTP
form: TypeAdapter[HttpForm] = TypeAdapter(Annotated[HttpForm, short_for("url", HttpForm)])
values = {
    "status": "number",
    "body": "json",
    "text": "text",
    "headers": "mapping",
    "latency": "duration",
    "cert": "mapping",
    "cert.expires_in": "duration",
    "phases": "mapping",
    "phases.dns": "duration",
    "phases.connect": "duration",
    "phases.tls": "duration",
    "phases.first_byte": "duration",
}


def title(form: HttpForm) -> str:
    return f"{form.url.split('?')[0].rpartition('@')[2].removeprefix('http://')} answers"


def probe(monitor: Monitor, services: ProbeServices) -> Transfer:
    """The request of `monitor`, with its secrets filled in."""
    form: HttpForm = monitor.form
    url, secrets = services.reveal(form.url)
    message, more_secrets = _message_options(form, services)
    return Transfer(
        monitor=monitor,
        url=url,
        timeout_ms=max(1, round(monitor.timeout.total_seconds() * 1000)),
        finish=_finish,
        name=_host_of(url),
        options=message + _connection_options(form) + (((pycurl.OPT_CERTINFO, 1),) if "cert" in monitor.wanted else ()),
        keeps_body=bool(monitor.wanted & {"body", "text"}),
        keeps_headers="headers" in monitor.wanted,
        secrets=secrets + more_secrets,
    )


def _host_of(url: str) -> Lookup | None:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return name_to_look_up(parts.hostname or "", port)


def _message_options(form: HttpForm, services: ProbeServices) -> tuple[Options, tuple[str, ...]]:
    """The method, the header fields and the body; and the secrets in them."""
    options: list[tuple[int, Any]] = []
    lines: list[str] = []
    secrets: list[str] = []
    if form.body is not None:
        body, found = services.reveal(form.body)
        secrets += found
        options.append((pycurl.POSTFIELDS, body.encode()))
        lines.append("Expect:")  # no waiting for "100 Continue"
    if form.method == "HEAD":
        options.append((pycurl.NOBODY, 1))
    elif form.method != "GET" or form.body is not None:
        options.append((pycurl.CUSTOMREQUEST, form.method))
    for name, value in form.headers.items():
        revealed, found = services.reveal(value)
        secrets += found
        lines.append(f"{name}: {revealed}")
    if lines:
        options.append((pycurl.HTTPHEADER, [line.encode() for line in lines]))
    return tuple(options), tuple(secrets)


def _connection_options(form: HttpForm) -> Options:
    options: list[tuple[int, Any]] = []
    if form.follow:
        options += [(pycurl.FOLLOWLOCATION, 1), (pycurl.MAXREDIRS, MAX_REDIRECTS)]
    if form.reuse:
        options += [(pycurl.FRESH_CONNECT, 0), (pycurl.FORBID_REUSE, 0), (pycurl.SSL_SESSIONID_CACHE, 1)]
    if not form.verify:
        options += [(pycurl.SSL_VERIFYPEER, 0), (pycurl.SSL_VERIFYHOST, 0)]
    if form.ca is not None:
        options.append((pycurl.CAINFO, form.ca))
    return tuple(options)


def _finish(exchange: Exchange, handle: Handle, failure: Failure | None) -> Observation:
    if failure is not None and failure.code not in CUT_SHORT:
        return failed(exchange, handle, failure)
    monitor = exchange.transfer.monitor
    status, latency_s = handle.getinfo(pycurl.RESPONSE_CODE), took_s(exchange, handle)
    values: dict[str, Any] = {"status": status, "latency": latency_s}
    if not monitor.wanted <= ALWAYS_SEEN:
        _add_wanted(values, exchange, handle)
    return Observation(
        monitor=monitor.id,
        at=exchange.at,
        ended=exchange.at + latency_s,
        latency_s=latency_s,
        values=values,
        text=f"HTTP {status} in {latency_s * 1000:.3g} ms",
        suggested="ok" if 200 <= status < 400 else "critical",
    )


def _add_wanted(values: dict[str, Any], exchange: Exchange, handle: Handle) -> None:
    wanted = exchange.transfer.monitor.wanted
    if exchange.body is not None:
        text = _decode(exchange.body.content(), handle.getinfo(pycurl.CONTENT_TYPE))
        text = redact(text, exchange.transfer.secrets)
        if "text" in wanted:
            values["text"] = text
        if "body" in wanted and not exchange.body.is_cut:
            _add_json(values, text)
    if "headers" in wanted:
        values["headers"] = Headers(exchange.headers)
    if "phases" in wanted:
        values["phases"] = _phases(exchange, handle)
    if "cert" in wanted:
        expires_s = expires_in_s(handle.getinfo(pycurl.INFO_CERTINFO), exchange.at)
        if expires_s is not None:
            values["cert"] = {"expires_in": expires_s}


def _decode(body: bytes, content_type: str | None) -> str:
    header = Message()
    header["Content-Type"] = content_type or ""
    charset = header.get_content_charset("utf-8")
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _add_json(values: dict[str, Any], text: str) -> None:
    """A body that is not JSON is a missing value, so that conditions on it are unknown. A byte order mark may lead."""
    try:
        values["body"] = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return


def _phases(exchange: Exchange, handle: Handle) -> dict[str, float]:
    """How long each phase took, in seconds; there is no `tls` without encryption."""
    looked_up, connected = handle.getinfo(pycurl.NAMELOOKUP_TIME), handle.getinfo(pycurl.CONNECT_TIME)
    encrypted, asked = handle.getinfo(pycurl.APPCONNECT_TIME), handle.getinfo(pycurl.PRETRANSFER_TIME)
    phases = {
        "dns": exchange.resolved_s + looked_up,
        "connect": max(0.0, connected - looked_up),
        "first_byte": max(0.0, handle.getinfo(pycurl.STARTTRANSFER_TIME) - asked),
    }
    if encrypted > 0:
        phases["tls"] = encrypted - connected
    return phases


class Headers(dict[str, str]):
    """The header fields of the last answer, found by name in any case; fields that repeat are joined by commas."""

    def __init__(self, lines: list[bytes]) -> None:
        super().__init__()
        for line in lines:
            if line.startswith(b"HTTP/"):
                self.clear()
                continue
            name, colon, value = line.decode("latin-1").partition(":")
            if colon:
                key, value = name.strip().lower(), value.strip()
                super().__setitem__(key, f"{super().__getitem__(key)}, {value}" if key in self else value)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)
