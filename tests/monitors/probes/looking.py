"""Short ways to make a monitor and to look once."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from monitors.engine.once import probe_once
from monitors.heartbeats import Ping
from monitors.kinds import KINDS
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.services_for_probes import ProbeServices
from watchdesk.catalogue import Item, Place
from watchdesk.clock import Clock, SystemClock
from watchdesk.signals import ResolvePolicy

PLACE = Place(file="monitors/test.yaml", line=1)
SECRETS = {"token": "s3cr3t-value"}
AT_ONCE = ResolvePolicy(after=1, grace=timedelta(0), reopen_within=timedelta(0))


def monitor_of(kind: str, form: Any, *, wanted: Iterable[str] = (), timeout_s: float = 0.8, name: str = "m") -> Monitor:
    """A monitor of `kind`, its form read as from a definition."""
    return Monitor(
        id=name,
        kind=kind,
        form=KINDS[kind].form.validate_python(form),
        title="a test",
        service="shop",
        every=timedelta(minutes=1),
        timeout=timedelta(seconds=timeout_s),
        attempts=3,
        retry=timedelta(seconds=20),
        wanted=frozenset(wanted),
        resolve=AT_ONCE,
        place=PLACE,
        version="1",
    )


def services_of(
    *,
    clock: Clock | None = None,
    items: Mapping[str, Item] | None = None,
    pings: Mapping[str, Ping] | None = None,
) -> ProbeServices:
    """Services with the system's clock, one secret ('token') and no items or pings but those given."""
    known = pings or {}
    return ProbeServices(
        clock=clock or SystemClock(), items=items or {}, secret=SECRETS.__getitem__, last_ping=known.get
    )


def item_of(name: str, address: str | None) -> Item:
    return Item(id=name, service="shop", kind="host", address=address, group=None, domain=None, place=PLACE)


def look(
    kind: str,
    form: Any,
    *,
    wanted: Iterable[str] = (),
    timeout_s: float = 0.8,
    services: ProbeServices | None = None,
) -> Observation:
    """One probe through the real engine."""
    return probe_once(monitor_of(kind, form, wanted=wanted, timeout_s=timeout_s), services or services_of())
