"""From one state to the next: Icinga's machine of soft and hard states, whatever the order of delivery.

Ok is hard at once. The first bad result after ok is soft; each further one counts an attempt, whatever kind of bad it
is; the last attempt makes it hard. A hard state that turns into another bad one is hard at once. After lib/icinga/
checkable-check.cpp of Icinga 2; unlike there, a monitor that was never looked at counts as ok before its first
result, so that `attempts` results confirm a first failure too.
"""

from dataclasses import replace

from monitors import flapping
from monitors.flapping import Ring
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.state import MonitorState, Verdict
from watchdesk.health import Health, StateType

OK, UNKNOWN = Health.OK, Health.UNKNOWN
HARD, SOFT = StateType.HARD, StateType.SOFT


def advance(
    monitor: Monitor, state: MonitorState, observation: Observation, verdict: Verdict, now: float | None = None
) -> MonitorState:
    """The state after the observation was judged.

    The very same `state` comes back for a result that is late or was delivered before (probes are told apart by their
    beginning). `now` is the instant of delivery: a stored result from the future, left by a clock that stepped back,
    then no longer shuts out fresh ones.
    """
    last_at = state.last_at
    if last_at is not None and observation.at <= last_at:
        if now is None or last_at <= now:
            return state
        state = _without_future(state, observation.at)
    if (
        verdict.health is OK
        and state.health is OK
        and state.flap_last is OK
        and not state.flap_bits
        and not state.changed_at
        and last_at is not None
    ):
        return _still_ok(monitor, state, observation, verdict)
    return _changed(monitor, state, observation, verdict)


def _still_ok(monitor: Monitor, state: MonitorState, observation: Observation, verdict: Verdict) -> MonitorState:
    """The usual case, written out in full because it happens thousands of times a second."""
    return MonitorState(
        monitor=state.monitor,
        health=OK,
        state_type=HARD,
        attempt=1,
        hard_health=OK,
        since=state.since,
        last_at=observation.at,
        last_latency_s=observation.latency_s,
        problem_since=state.problem_since if state.told else None,
        unknown_since=None,
        ok_streak=state.ok_streak + 1,
        ok_since=state.ok_since,
        recovered_at=state.recovered_at,
        told=state.told,
        held_since=state.held_since,
        flap_bits=0,
        flap_count=min(state.flap_count + 1, flapping.RING),
        flap_last=OK,
        flap_percent=0.0,
        is_flapping=False,
        summary=verdict.summary,
        memory=verdict.memory,
        measured=verdict.measured,
        definition_version=monitor.version,
    )


def _changed(monitor: Monitor, state: MonitorState, observation: Observation, verdict: Verdict) -> MonitorState:
    at, health = observation.at, verdict.health
    state_type, attempt = _next_type(monitor, state, health)
    ring = flapping.record(
        monitor.flap,
        Ring(state.flap_bits, state.flap_count, state.flap_last, state.flap_percent, state.is_flapping),
        health,
        state_type,
    )
    has_changed = ring.last is not state.flap_last and state.flap_last is not None
    changed_at = flapping.latest_changes(monitor.flap, state.changed_at, at, has_changed=has_changed)
    in_time = flapping.is_flapping_in_time(monitor.flap, changed_at, was_flapping=state.is_flapping)
    began = at if observation.since is None else min(at, observation.since)
    since = state.since if health is state.health and state.last_at is not None else began
    return replace(
        state,
        health=health,
        state_type=state_type,
        attempt=attempt,
        hard_health=health if state_type is HARD else state.hard_health,
        since=since,
        last_at=at,
        last_latency_s=observation.latency_s,
        problem_since=_problem_since(state, health, began),
        unknown_since=since if health is UNKNOWN else None,
        ok_streak=state.ok_streak + 1 if health is OK else 0,
        ok_since=since if health is OK else None,
        recovered_at=at if _recovers(state, health) else state.recovered_at,
        flap_bits=ring.bits,
        flap_count=ring.count,
        flap_last=ring.last,
        flap_percent=ring.percent,
        is_flapping=ring.is_flapping or in_time,
        changed_at=changed_at,
        summary=verdict.summary,
        memory=verdict.memory,
        measured=verdict.measured,
        definition_version=monitor.version,
    )


def _next_type(monitor: Monitor, state: MonitorState, health: Health) -> tuple[StateType, int]:
    if health is OK:
        return HARD, 1
    if state.last_at is None or state.health is OK:
        attempt = 1
    elif state.state_type is HARD:
        return HARD, 1
    else:
        attempt = state.attempt + 1
    return (HARD, 1) if attempt >= monitor.attempts else (SOFT, attempt)


def _problem_since(state: MonitorState, health: Health, at: float) -> float | None:
    """The first bad sample of the problem. It outlives the recovery until the desk has heard of that."""
    if health is OK:
        return state.problem_since if state.told else None
    if health is UNKNOWN:
        return state.problem_since
    return at if state.problem_since is None else state.problem_since


def _recovers(state: MonitorState, health: Health) -> bool:
    return health is OK and state.health is not OK and state.state_type is HARD and state.problem_since is not None


def _without_future(state: MonitorState, at: float) -> MonitorState:
    """The state with every instant after `at` brought back to it: the clock that told them was wrong."""

    def back(instant: float | None) -> float | None:
        return None if instant is None else min(instant, at)

    return replace(
        state,
        since=back(state.since),
        problem_since=back(state.problem_since),
        unknown_since=back(state.unknown_since),
        ok_since=back(state.ok_since),
        recovered_at=back(state.recovered_at),
        held_since=back(state.held_since),
    )
