"""A command on another machine, by the OpenSSH client.

SSH carries one string, not a list of arguments: the remote shell splits it again, so each word is quoted here.
"""

import shlex
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from runbooks.errors import StepCannotRun
from runbooks.params import HOST

CONNECT_TIMEOUT_S = 10
OPTIONS = (
    "BatchMode=yes",  # never ask
    "StrictHostKeyChecking=yes",  # never learn a key by itself
    f"ConnectTimeout={CONNECT_TIMEOUT_S}",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ForwardAgent=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SshTarget:
    """Where to. User, port, keys and jump hosts come from OpenSSH's own configuration."""

    address: str
    config: Path | None = None


def remote_argv(target: SshTarget, argv: tuple[str, ...], timeout: timedelta) -> tuple[str, ...]:
    """The local argv that runs `argv` there; the far end ends it by itself after `timeout`."""
    if not HOST.fullmatch(target.address) and not _is_address(target.address):
        message = f"the item's address {target.address!r} is not a host name; SSH was not started"
        raise StepCannotRun(message)
    options = [word for option in OPTIONS for word in ("-o", option)]
    config = ["-F", str(target.config)] if target.config else []
    far = ("timeout", "--kill-after=2", f"{timeout.total_seconds():g}", *argv)
    return ("ssh", "-T", *config, *options, "--", target.address, shlex.join(far))


def _is_address(text: str) -> bool:
    return ":" in text and all(sign in "0123456789abcdefABCDEF:.%" for sign in text)
