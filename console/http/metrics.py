"""`/metrics`: the state of everything for Prometheus, read from the database at each scrape."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from console.documents.monitors import monitor_list
from console.http.desk import HttpDesk, desk_of
from loop.status import Status, newest_lateness
from loop.status import status as look
from ticketing import outbox, queries
from ticketing.selection import Selection
from watchdesk.health import Health

CODES = {Health.OK: 0, Health.WARNING: 1, Health.CRITICAL: 2, Health.UNKNOWN: 3}

FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "watchdesk_monitor_health": ("0 ok, 1 warning, 2 critical, 3 unknown.", ("monitor", "service", "kind")),
    "watchdesk_monitor_latency_seconds": ("Latency of the last probe.", ("monitor", "service")),
    "watchdesk_monitors": ("Monitors by health.", ("health",)),
    "watchdesk_monitors_awaited": ("Monitors without a first result.", ()),
    "watchdesk_monitors_paused": ("Monitors that a person has paused.", ()),
    "watchdesk_tickets_open": ("Open tickets by priority and state.", ("priority", "state")),
    "watchdesk_shift_on_duty": ("1 while a shift watches, else 0.", ()),
    "watchdesk_shift_relief_ready": ("1 while a relief stands ready, else 0.", ()),
    "watchdesk_shift_lateness_seconds": ("How late the newest shift came after its schedule.", ()),
    "watchdesk_role_silence_seconds": ("Since the last good turn of a role of the shift.", ("role",)),
    "watchdesk_role_failures": ("Failed turns in a row of a role.", ("role",)),
    "watchdesk_reconciliation": ("What the last reconciliation found; each must be 0.", ("what",)),
    "watchdesk_outbox": ("Deliveries by connector and state.", ("connector", "state")),
    "watchdesk_definition_faults": ("Faults of a newer text of the definitions that was refused.", ()),
}


class DeskCollector(Collector):
    """One look at the database as metric families, in the order of FAMILIES."""

    def __init__(self, session: Session, desk: HttpDesk) -> None:
        self._session, self._desk, self._now = session, desk, desk.clock.now()
        self._families = {
            name: GaugeMetricFamily(name, words, labels=labels) for name, (words, labels) in FAMILIES.items()
        }

    def collect(self) -> Iterator[Metric]:
        status = look(self._session, self._desk.shelf.current(), self._now)
        self._monitors(status)
        self._tickets()
        self._shift(status)
        for (connector, state), count in sorted(outbox.counts(self._session).items()):
            self._add("watchdesk_outbox", count, connector, state)
        for what, found in status.reconciliation.items():
            self._add("watchdesk_reconciliation", found, what)
        self._add("watchdesk_definition_faults", len(status.definitions.faults) if status.definitions else 0)
        return iter(self._families.values())

    def _monitors(self, status: Status) -> None:
        for row in monitor_list(self._session, self._desk.shelf.current(), self._now):
            self._add("watchdesk_monitor_health", CODES[row["health"]], row["id"], row["service"], row["kind"])
            if row["latency_s"] is not None:
                self._add("watchdesk_monitor_latency_seconds", row["latency_s"], row["id"], row["service"])
        for health, count in status.monitors.items():
            self._add("watchdesk_monitors", count, health)
        self._add("watchdesk_monitors_awaited", len(status.awaited))
        self._add("watchdesk_monitors_paused", len(status.paused))

    def _tickets(self) -> None:
        opened = queries.list_tickets(self._session, Selection(is_open=True))
        for (priority, state), count in sorted(Counter((t.priority, t.state) for t in opened).items()):
            self._add("watchdesk_tickets_open", count, priority, state)

    def _shift(self, status: Status) -> None:
        self._add("watchdesk_shift_on_duty", int(status.shift is not None))
        self._add("watchdesk_shift_relief_ready", int(status.shift is not None and status.shift.relief is not None))
        lateness = newest_lateness(self._session)
        if lateness is not None:
            self._add("watchdesk_shift_lateness_seconds", lateness.total_seconds())
        for beat in status.roles:
            self._add("watchdesk_role_silence_seconds", (self._now - beat.at).total_seconds(), beat.role)
            self._add("watchdesk_role_failures", beat.failures, beat.role)

    def _add(self, name: str, value: float, *labels: str) -> None:
        self._families[name].add_metric(labels, value)


def metrics(request: Request) -> Response:
    """The text format that every Prometheus reads."""
    desk = desk_of(request)
    registry = CollectorRegistry()
    with desk.database.reading() as session:
        registry.register(DeskCollector(session, desk))
        text = generate_latest(registry)
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
