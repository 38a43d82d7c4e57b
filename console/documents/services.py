"""Services as documents: what is promised, and how their monitors and tickets stand."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from console.documents.monitors import monitor_list
from console.documents.plain import plain
from console.documents.tickets import ticket_row
from loop.definitions import Definitions
from loop.operations import require_service
from ticketing import queries
from ticketing.selection import Selection
from watchdesk.catalogue import Service
from watchdesk.health import Health, worst


def service_list(session: Session, definitions: Definitions, now: datetime) -> list[dict[str, Any]]:
    """A row a service, by id; its health is the worst of its monitors that are not paused."""
    monitors = monitor_list(session, definitions, now)
    tickets = queries.list_tickets(session, Selection(is_open=True))
    return [
        _row(
            service,
            [row for row in monitors if row["service"] == name],
            [ticket.number for ticket in tickets if ticket.service == name],
        )
        for name, service in sorted(definitions.catalogue.services.items())
    ]


def service_detail(session: Session, definitions: Definitions, name: str, now: datetime) -> dict[str, Any]:
    """One service with its promises, dependencies, items, monitors and open tickets. Raises NotFound."""
    require_service(definitions, name)
    catalogue = definitions.catalogue
    row = next(row for row in service_list(session, definitions, now) if row["id"] == name)
    service = catalogue.services[name]
    document = row | {
        "depends_on": service.depends_on,
        "needed_by": sorted(other.id for other in catalogue.services.values() if name in other.depends_on),
        "hours": service.hours,
        "slo": service.slo,
        "sla": service.sla,
        "items": sorted(item.id for item in catalogue.items.values() if item.service == name),
        "monitors": [m for m in monitor_list(session, definitions, now) if m["service"] == name],
        "tickets": [ticket_row(t) for t in queries.list_tickets(session, Selection(is_open=True, services=(name,)))],
        "definition": str(service.place),
    }
    found: dict[str, Any] = plain(document)
    return found


def _row(service: Service, monitors: list[dict[str, Any]], tickets: list[str]) -> dict[str, Any]:
    return {
        "id": service.id,
        "health": _health(monitors),
        "title": service.title,
        "owner": service.owner,
        "tier": service.tier,
        "monitors": len(monitors),
        "tickets": tickets,
    }


def _health(monitors: Iterable[dict[str, Any]]) -> Health:
    return worst(Health(row["health"]) for row in monitors if not row["is_paused"])
