"""HTTP and HTTPS: status, headers, body, phases and certificate of one request."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter

from monitors.probes.forms import AbsolutePath, Line, short_for
from monitors.probes.lanes import Lane
from watchdesk.definitions.models import Definition

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
