"""Whose heartbeat a ping is: by the secret key of a monitor, or by the monitor's id where the sender is trusted."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import structlog

from loop.definitions import Definitions
from watchdesk.errors import NotFound

KIND = "heartbeat"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """What stands behind /ping/. `is_trusted`: it comes from this machine or with the console's password, and from no
    other site's page.
    """

    key: str
    is_trusted: bool


def monitor_of(definitions: Definitions, knock: Knock, secret: Callable[[str], str]) -> str:
    """The heartbeat monitor that is meant. `secret` raises LookupError for one it cannot read.

    A monitor with a key is reached by nothing else. Raises NotFound, in the same words whatever is wrong with the
    key, so that nobody learns ids by trying.
    """
    known = {name: monitor.form.key for name, monitor in definitions.monitors.items() if monitor.kind == KIND}
    for name, reference in known.items():
        if reference is not None and _is_it(knock.key, name, reference, secret):
            return name
    if knock.is_trusted and knock.key in known and known[knock.key] is None:
        return knock.key
    message = (
        "no heartbeat monitor has this ping key; from another machine a monitor is reached by `key: secret:NAME` of "
        "its heartbeat, or by its id together with the console's password"
    )
    raise NotFound(message)


@cache
def _tell_once(monitor: str, reason: str) -> None:
    """Strangers knock as often as they like; the log says what is wrong once."""
    log.warning("ping key not read", monitor=monitor, reason=reason)


def _is_it(given: str, monitor: str, reference: str, secret: Callable[[str], str]) -> bool:
    try:
        expected = secret(reference.removeprefix("secret:"))
    except LookupError as error:
        _tell_once(monitor, str(error))
        return False
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
