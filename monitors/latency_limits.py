"""Limits on latency, for graphs that plot it: from the expectations of a monitor, as a line at so many seconds."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitors.comparisons import Comparison
from monitors.conditions import Condition
from monitors.monitor import Monitor
from watchdesk.health import Health

LATENCY = ("latency",)
ORDERED = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class LatencyLimit:
    """Beyond so many seconds the verdict is this."""

    seconds: float
    health: Health


def latency_limits(monitor: Monitor) -> tuple[LatencyLimit, ...]:
    """The limits, the lowest first; none for a monitor that expects nothing of its latency."""
    found = {(limit.seconds, limit.health) for limit in _limits(monitor)}
    return tuple(LatencyLimit(seconds, health) for seconds, health in sorted(found))


def _limits(monitor: Monitor) -> Iterator[LatencyLimit]:
    for expectation in monitor.expectations:
        yield from _of(expectation.warn, Health.WARNING)
        yield from _of(expectation.crit, Health.CRITICAL)
        yield from _of(expectation.holds, Health.CRITICAL)


def _of(condition: Condition | None, health: Health) -> Iterator[LatencyLimit]:
    for comparison in condition.root.comparisons() if condition is not None else ():
        if _bounds_latency(comparison):
            yield LatencyLimit(float(comparison.operand), health)  # type: ignore[arg-type]


def _bounds_latency(comparison: Comparison) -> bool:
    is_number = isinstance(comparison.operand, int | float) and not isinstance(comparison.operand, bool)
    return comparison.path == LATENCY and comparison.operator in ORDERED and is_number
