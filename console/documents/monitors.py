"""Monitors as documents: what is defined, joined with what is known now."""

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from console.documents.plain import plain
from loop.definitions import Definitions
from loop.operations import require_monitor
from loop.quiet import monitors_in_maintenance
from monitors import outages, pauses, queries
from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.state import MonitorState
from ticketing import queries as tickets
from watchdesk import maintenance
from watchdesk.clock import from_epoch_ms

RESULTS = 20


def monitor_list(session: Session, definitions: Definitions, now: datetime) -> list[dict[str, Any]]:
    """A row a monitor, by id: what is defined, joined with what is known. Those gone from the definitions are not."""
    states = queries.states(session, definitions.monitors)
    paused = frozenset(pause.monitor for pause in pauses.active(session, now))
    maintained = _in_maintenance(session, definitions, definitions.monitors, now)
    return [
        monitor_row(monitor, states.get(name), is_paused=name in paused) | _quiet(name, paused, maintained)
        for name, monitor in sorted(definitions.monitors.items())
    ]


def monitor_detail(session: Session, definitions: Definitions, name: str, now: datetime) -> dict[str, Any]:
    """One monitor with definition, latest results, and the outages of the last day. Raises NotFound."""
    require_monitor(definitions, name)
    monitor, day = definitions.monitors[name], timedelta(days=1)
    state = queries.states(session, [name]).get(name)
    paused = frozenset(pause.monitor for pause in pauses.active(session, now)) & {name}
    maintained = _in_maintenance(session, definitions, {name: monitor}, now)
    facts = outages.outages(session, now - day, now, [name])
    document = monitor_row(monitor, state, is_paused=bool(paused)) | _quiet(name, paused, maintained)
    document |= monitor_definition(monitor)
    document |= {
        "measured": dict(state.measured) if state else {},
        "results": queries.recent_samples(session, name, RESULTS),
        "outages": [{"start": o.start, "end": o.end, "worst": o.worst, "summary": o.summary} for o in facts],
        "tickets": [incident.number for incident in tickets.open_incidents(session, now, name)],
    }
    found: dict[str, Any] = plain(document)
    return found


def monitor_row(monitor: Monitor, state: MonitorState | None, *, is_paused: bool) -> dict[str, Any]:
    """One monitor; unknown and without times while it has not been looked at."""
    known = state or MonitorState(monitor=monitor.id)
    return {
        "id": monitor.id,
        "kind": monitor.kind,
        "service": monitor.service,
        "health": known.health,
        "state_type": known.state_type,
        "since": instant(known.since),
        "last_checked_at": instant(known.last_at),
        "summary": known.summary or ("paused" if is_paused else "no result yet"),
        "title": monitor.title,
        "latency_s": known.last_latency_s,
        "is_flapping": known.is_flapping,
        "is_paused": is_paused,
    }


def monitor_definition(monitor: Monitor) -> dict[str, Any]:
    """What was defined, with the defaults filled in."""
    return {
        "target": all_kinds()[monitor.kind].title(monitor.form),
        "item": monitor.item,
        "every": monitor.every,
        "timeout": monitor.timeout,
        "attempts": monitor.attempts,
        "retry": monitor.retry,
        "expect": [expectation.text for expectation in monitor.expectations],
        "needs": monitor.needs,
        "runbook": monitor.runbook,
        "resolve": monitor.resolve,
        "flap": monitor.flap,
        "unknown_hold": monitor.unknown_hold,
        "tags": dict(monitor.tags),
        "location": monitor.location,
        "definition": str(monitor.place),
        "version": monitor.version,
    }


def _in_maintenance(
    session: Session, definitions: Definitions, monitors: Mapping[str, Monitor], now: datetime
) -> frozenset[str]:
    windows = maintenance.all_windows(session, definitions.calendars.windows, now)
    return monitors_in_maintenance(monitors, windows, now)


def _quiet(name: str, paused: Container[str], maintained: Container[str]) -> dict[str, Any]:
    """Why nothing is told of it just now; empty when it is not so."""
    is_maintained = name in maintained
    why = "paused" if name in paused else "maintenance" if is_maintained else ""
    return {"is_in_maintenance": is_maintained, "quiet": why}


def instant(at: float | None) -> datetime | None:
    """Seconds since the epoch as an instant."""
    return None if at is None else from_epoch_ms(round(at * 1000))
