"""Whom the console trusts without asking: this machine itself, and whoever says the password."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from console.http.lock import LOOPBACK
from watchdesk.settings import Settings

PASSED_ON = ("x-forwarded-for", "forwarded", "x-real-ip", "via")  # what proxies add


def knows(headers: Mapping[str, str], password: str) -> bool:
    """Whether a request says the password, by HTTP Basic with any user name."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    try:
        word = base64.b64decode(given, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(word.encode(), password.encode())


def is_trusted(scope: Scope, settings: Settings) -> bool:
    """Whether a request comes from this machine itself, not by way of a proxy on it, or with the password."""
    headers = Headers(scope=scope)
    if settings.password and knows(headers, settings.password):
        return True
    client = scope.get("client") or ("", 0)
    is_passed_on = any(name in headers for name in PASSED_ON)
    return client[0] in LOOPBACK and not is_passed_on and _name(headers) in LOOPBACK


def is_own(headers: Mapping[str, str]) -> bool:
    """Whether our own page or a program asks, not another site's page: a browser says which."""
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == headers.get("host", "")
    return headers.get("sec-fetch-site", "none") in {"same-origin", "none"}


def _name(headers: Mapping[str, str]) -> str:
    return urlsplit(f"//{headers.get('host', '')}").hostname or ""
