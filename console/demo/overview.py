"""The faults of the demo as they stand now, for lists."""

from typing import Any

from sqlalchemy.orm import Session

from console.demo.breaking import FAULTS
from monitors import queries as monitors
from ticketing import queries as tickets


def fault_rows(session: Session) -> list[dict[str, Any]]:
    """Each fault with its monitor's health and the open ticket about it, in the order in which they are shown."""
    states = monitors.states(session)
    opened = {incident.monitor: incident for incident in tickets.open_incidents(session)}
    rows = []
    for fault in FAULTS.values():
        state, incident = states.get(fault.monitor), opened.get(fault.monitor)
        rows.append(
            {
                "fault": fault.name,
                "monitor": fault.monitor,
                "health": state.health.value if state else None,
                "ticket": incident.number if incident else None,
                "does": fault.does,
                "heals": fault.heals,
                "needs_approval": fault.needs_approval,
            }
        )
    return rows
