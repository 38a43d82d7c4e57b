"""Services at a glance: state, the last 90 days in bars, what is left of the error budget, open tickets."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from improvement.report import Report
from loop.definitions import Definitions
from monitors import queries as monitor_queries
from ticketing import queries
from ticketing.selection import Selection
from watchdesk.health import Health, worst


def service_tiles(session: Session, definitions: Definitions, report: Report) -> list[dict[str, Any]]:
    """A tile a service, the worst first; `health` is None for a service that nothing watches."""
    states = monitor_queries.states(session, definitions.monitors)
    lines = {line.service.id: line for line in report.services}
    opened: dict[str, int] = {}
    for ticket in queries.list_tickets(session, Selection(is_open=True, kinds=("incident",))):
        opened[ticket.service or ""] = opened.get(ticket.service or "", 0) + 1
    tiles = []
    for service in definitions.catalogue.services.values():
        mine = [name for name, monitor in definitions.monitors.items() if monitor.service == service.id]
        line = lines.get(service.id)
        tiles.append(
            {
                "id": service.id,
                "title": service.title,
                "owner": service.owner,
                "tier": service.tier,
                "health": worst(states[n].health if n in states else Health.UNKNOWN for n in mine) if mine else None,
                "monitors": len(mine),
                "open_tickets": opened.get(service.id, 0),
                "availability": line.availability.ratio if line else None,
                "budget_left": line.budget_left if line else None,
            }
        )
    order = [Health.CRITICAL, Health.UNKNOWN, Health.WARNING, Health.OK, None]
    return sorted(tiles, key=lambda tile: (order.index(tile["health"]), tile["tier"], tile["id"]))


def days_back(now: datetime, days: int) -> list[tuple[datetime, datetime]]:
    """The last `days` whole days of UTC up to now, oldest first."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [midnight - timedelta(days=back) for back in range(days - 1, -1, -1)]
    return [(start, min(start + timedelta(days=1), now)) for start in starts]
