"""What a monitor's parents say about its failure: their fault, not theirs, or not known yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from monitors.monitor import Monitor
from monitors.state import MonitorState
from watchdesk.health import Health, StateType

LONGEST_SETTLING_S = 600.0
SHORTEST_HOLD_S = 15.0
LONGEST_HOLD_S = 300.0


class Standing(StrEnum):
    """One parent, seen from a child that failed."""

    FAILED = "failed"  # confirmed, and the desk has heard of it
    PENDING = "pending"  # being confirmed, or not looked at since the child failed
    SETTLING = "settling"  # recovered a moment ago; its children need a moment more
    HEALTHY = "healthy"  # looked at after the child failed, and not critical


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All parents together. `failed` holds direct and indirect ones, root cause first."""

    failed: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    is_settling: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether the parents are proven not to be the cause."""
        return not (self.failed or self.pending or self.is_settling)


CLEAR = Outlook()


def look_at(monitor: Monitor, since: float, parents: Mapping[str, MonitorState], now: float) -> Outlook:
    """How the parents stand towards a failure of `monitor` that began at `since`.

    `parents` are the states of everything the monitor depends on, directly or not, root first; one that is not
    among them has never been looked at. The direct ones decide; the others only explain.
    """
    if not monitor.needs:
        return CLEAR
    standing = {name: _standing(parents.get(name), since, now, settling_s(monitor)) for name in monitor.needs}
    failed: tuple[str, ...] = ()
    if Standing.FAILED in standing.values():
        failed = tuple(name for name, state in parents.items() if _has_failed(state))
    return Outlook(
        failed=failed,
        pending=tuple(name for name, found in standing.items() if found is Standing.PENDING),
        is_settling=Standing.SETTLING in standing.values(),
    )


def _standing(parent: MonitorState | None, since: float, now: float, settling: float) -> Standing:
    if parent is None or parent.last_at is None:
        return Standing.PENDING
    if _has_failed(parent):
        return Standing.FAILED
    is_being_confirmed = parent.state_type is StateType.SOFT and parent.health is not Health.OK
    if is_being_confirmed or parent.held_since is not None or parent.last_at <= since:
        return Standing.PENDING
    if parent.recovered_at is not None and 0 <= now - parent.recovered_at < settling:
        return Standing.SETTLING
    return Standing.HEALTHY


def _has_failed(parent: MonitorState) -> bool:
    """Confirmed critical and not itself waiting for its own parents; or known to be flapping."""
    is_down = parent.health is Health.CRITICAL and parent.state_type is StateType.HARD and parent.held_since is None
    return is_down or (parent.is_flapping and bool(parent.told))


def settling_s(monitor: Monitor) -> float:
    """For how long after a parent's recovery a child may still be failing: time to be looked at again, thrice."""
    rhythm = 3 * monitor.every + monitor.attempts * monitor.retry + monitor.timeout
    return min(rhythm.total_seconds(), LONGEST_SETTLING_S)


def hold_s(monitor: Monitor) -> float:
    """For how long a confirmed failure waits for its parents' verdict before it is told without."""
    return min(max(SHORTEST_HOLD_S, 2 * monitor.every.total_seconds()), LONGEST_HOLD_S)
