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
    CONFIRMING = "confirming"  # failed softly, or waiting for its own parents: its retries will tell
    UNSEEN = "unseen"  # not looked at since the child failed
    SETTLING = "settling"  # recovered a moment ago; its children need a moment more
    HEALTHY = "healthy"  # looked at after the child failed, and not critical


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """All parents together. `failed` holds direct and indirect ones, root cause first."""

    failed: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    is_confirming: bool = False
    is_settling: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether the parents are proven not to be the cause."""
        return not (self.failed or self.unseen or self.is_confirming or self.is_settling)


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
        unseen=tuple(name for name, found in standing.items() if found is Standing.UNSEEN),
        is_confirming=Standing.CONFIRMING in standing.values(),
        is_settling=Standing.SETTLING in standing.values(),
    )


def _standing(parent: MonitorState | None, since: float, now: float, settling: float) -> Standing:
    if parent is None or parent.last_at is None:
        return Standing.UNSEEN
    if _has_failed(parent):
        return Standing.FAILED
    is_soft = parent.state_type is StateType.SOFT and parent.health is not Health.OK
    if is_soft or parent.held_since is not None:
        return Standing.CONFIRMING
    if parent.last_at <= since:
        return Standing.UNSEEN
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


def hold_s(monitor: Monitor, outlook: Outlook) -> float:
    """For how long a confirmed failure waits for its parents' verdict before it is told without.

    A parent under way to its own verdict is waited for longer than one that nobody looks at (paused, say).
    """
    if outlook.is_confirming:
        return LONGEST_HOLD_S
    return min(max(SHORTEST_HOLD_S, 2 * monitor.every.total_seconds()), LONGEST_HOLD_S)
