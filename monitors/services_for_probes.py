"""What a probe may ask of its surroundings: the time, the items, a secret, the last ping of a job."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from monitors.heartbeats import Ping
from watchdesk.catalogue import Item
from watchdesk.clock import Clock

SECRET = re.compile(r"secret:([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeServices:
    """Handed to every probe. `secret` raises LookupError for a name it does not know.

    `folders` are where the definitions' own Python modules stand, looked through before the installed ones.
    """

    clock: Clock
    items: Mapping[str, Item]
    secret: Callable[[str], str]
    last_ping: Callable[[str], Ping | None]
    folders: tuple[Path, ...] = ()

    def now(self) -> float:
        """Seconds since the epoch, by the injected clock."""
        return self.clock.now().timestamp()

    def address_of(self, host: str) -> str:
        """The address of the item of that name; a host that is no item stands for itself."""
        item = self.items.get(host)
        return item.address if item is not None and item.address else host

    def reveal(self, text: str) -> tuple[str, tuple[str, ...]]:
        """`text` with every `secret:NAME` filled in, and the secrets that must not be shown again."""
        if "secret:" not in text:
            return text, ()
        found: list[str] = []

        def fill(match: re.Match[str]) -> str:
            found.append(self.secret(match.group(1)))
            return found[-1]

        return SECRET.sub(fill, text), tuple(found)


def redact(text: str, secrets: tuple[str, ...]) -> str:
    """`text` without any of the secrets."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[secret]")
    return text
