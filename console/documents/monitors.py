"""Monitors as documents: what is defined, joined with what is known now."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.state import MonitorState
from watchdesk.clock import from_epoch_ms


def monitor_rows(
    defined: Mapping[str, Monitor], states: Mapping[str, MonitorState], paused: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """A row a monitor, by id. Those that are gone from the definitions are left out."""
    quiet = frozenset(paused)
    return [
        monitor_row(monitor, states.get(name), is_paused=name in quiet) for name, monitor in sorted(defined.items())
    ]


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


def instant(at: float | None) -> datetime | None:
    """Seconds since the epoch as an instant."""
    return None if at is None else from_epoch_ms(round(at * 1000))
