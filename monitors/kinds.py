"""The kinds of monitors: what each reads from a definition, what its conditions can speak of, how it looks."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Protocol

from pydantic import TypeAdapter

from monitors.monitor import Monitor
from monitors.probes import (
    disk,
    dns,
    file,
    heartbeat,
    host,
    http,
    icmp,
    plugin,
    process,
    python,
    sql,
    tcp,
    tls,
)
from monitors.probes.lanes import Lane
from monitors.services_for_probes import ProbeServices

ENTRY_POINTS = "watchdesk.probes"


class Kind(Protocol):
    """One kind of monitor. A module with these names is one, and so is an object.

    `form` validates what stands under the kind's key and gives a frozen value, kept as `Monitor.form`. `values` names
    what conditions can speak of, by root word (`body`) or dotted path (`cert.expires_in`), and its type: number,
    duration (seconds), size (bytes), percent (0-100), text, boolean, list, json or mapping. The root word `*` says
    that any word is possible (the columns of a query, say).
    """

    @property
    def name(self) -> str: ...

    @property
    def lane(self) -> Lane: ...

    @property
    def form(self) -> TypeAdapter[Any]: ...

    @property
    def values(self) -> Mapping[str, str]: ...

    def title(self, form: Any, /) -> str:
        """A good title for a monitor whose author gave none."""
        ...

    def probe(self, monitor: Monitor, services: ProbeServices, /) -> Any:
        """What the lane runs: http a Transfer, socket and process a Conversation, thread the Observation itself."""
        ...


KINDS: Mapping[str, Kind] = {
    "disk": disk,
    "dns": dns,
    "file": file,
    "heartbeat": heartbeat,
    "host": host,
    "http": http,
    "icmp": icmp,
    "plugin": plugin,
    "process": process,
    "python": python,
    "sql": sql,
    "tcp": tcp,
    "tls": tls,
}


@cache
def all_kinds() -> Mapping[str, Kind]:
    """The built-in kinds and those that installed packages offer; a built-in one wins over a stranger's."""
    strangers = {point.name: point.load() for point in entry_points(group=ENTRY_POINTS) if point.name not in KINDS}
    return strangers | dict(KINDS)
