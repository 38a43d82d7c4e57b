"""Which facts the desk must hear about a monitor, each once: the new state remembers what was told.

The signals and the state must be written in one transaction; then a crash loses or doubles nothing. Told again from
the same state, a fact has the same event id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from monitors.flapping import unchanged
from monitors.monitor import Monitor
from monitors.parents import CLEAR, Outlook, hold_s, look_at
from monitors.saying import Speaker
from monitors.state import MonitorState
from monitors.told import Told, read_told
from watchdesk.health import Health, StateType
from watchdesk.signals import HealthSignal, Sample

LASTING = 3
PROBLEMS = frozenset({Health.WARNING, Health.CRITICAL})


@dataclass(frozen=True, slots=True)
class Telling:
    """What to persist, what to tell, and which parents to look at at once before more can be told."""

    state: MonitorState
    signals: tuple[HealthSignal, ...] = ()
    confirm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """The outcome of looking at one sort of fact."""

    told: Told
    signals: tuple[HealthSignal, ...] = ()
    confirm: tuple[str, ...] = ()
    is_held: bool = False


def tell(
    monitor: Monitor,
    state: MonitorState,
    parents: Mapping[str, MonitorState],
    now: float,
    samples: tuple[Sample, ...] = (),
) -> Telling:
    """What the desk must hear now that `state` is as it is.

    `parents` are the states of all that the monitor depends on, root first (reachability.Graph.above). To be asked
    after each result, and again every second or so while `state.held_since` is set: then a confirmed failure waits
    for its parents' verdict, and `confirm` names those to be looked at at once.
    """
    if not has_something_to_tell(state):
        return Telling(state)
    told = read_told(state.told)
    outlook = _outlook(monitor, state, told, parents, now)
    speaker = Speaker(monitor, state, samples)
    first = _endings(speaker, told)
    problem = _problem(speaker, first.told, outlook, now)
    last = _beginnings(speaker, problem.told, outlook, now)
    held_since = (now if state.held_since is None else state.held_since) if problem.is_held else None
    return Telling(
        _remember(state, last.told, held_since), first.signals + problem.signals + last.signals, problem.confirm
    )


def has_something_to_tell(state: MonitorState) -> bool:
    """False for a healthy monitor of which the desk knows nothing: mostly, and at once."""
    return bool(state.told) or state.health is not Health.OK or state.held_since is not None or state.is_flapping


def failed_parents(
    monitor: Monitor, state: MonitorState, parents: Mapping[str, MonitorState], now: float
) -> tuple[str, ...]:
    """The failed monitors that explain what is wrong with this one, root first; none when it is told as its own."""
    return _outlook(monitor, state, read_told(state.told), parents, now).failed


def retire(monitor: Monitor, state: MonitorState, samples: tuple[Sample, ...] = ()) -> Telling:
    """What the desk must hear when the monitor is gone from the definitions: nothing, if it knows of no problem."""
    if not state.told:
        return Telling(state)
    return Telling(replace(state, told="", held_since=None), (Speaker(monitor, state, samples).retired(),))


def _outlook(
    monitor: Monitor, state: MonitorState, told: Told, parents: Mapping[str, MonitorState], now: float
) -> Outlook:
    """How the parents stand, for whoever needs to know: somebody with bad news to tell."""
    if state.health is Health.OK and not state.is_flapping:
        return CLEAR
    if told.problem is not None and not told.is_attached:
        return CLEAR
    began = next((at for at in (state.problem_since, state.unknown_since, state.since) if at is not None), now)
    return look_at(monitor, began, parents, now)


def _endings(speaker: Speaker, told: Told) -> _Step:
    """Blindness, flapping and problems that are over. While a monitor flaps, its recoveries are not told."""
    state, signals = speaker.state, []
    if told.is_blind and state.health is not Health.UNKNOWN:
        signals.append(speaker.seeing())
        told = replace(told, is_blind=False)
    if told.is_flapping and not state.is_flapping:
        signals.append(speaker.steady())
        told = replace(told, is_flapping=False)
    if told.problem is not None and state.health is Health.OK and not state.is_flapping:
        signals.append(speaker.recovered(told.parents))
        told = told.without_problem()
    return _Step(told, tuple(signals))


def _problem(speaker: Speaker, told: Told, outlook: Outlook, now: float) -> _Step:
    state = speaker.state
    if not _is_news(speaker.monitor, state, told):
        return _Step(told)
    if told.problem is not None and not told.is_attached:
        return _own(speaker, told)
    if outlook.failed:
        if told.problem is state.health:
            return _Step(told)
        attached = replace(told, problem=state.health, parents=outlook.failed)
        return _Step(attached, (speaker.problem(outlook.failed),))
    if outlook.is_clear or _has_waited(speaker.monitor, state, outlook, now):
        return _own(speaker, told)
    return _Step(told, (), outlook.unseen, is_held=True)


def _own(speaker: Speaker, told: Told) -> _Step:
    return _Step(replace(told, problem=speaker.state.health, parents=()), (speaker.problem(()),))


def _is_news(monitor: Monitor, state: MonitorState, told: Told) -> bool:
    """Whether a confirmed problem is there that the desk does not know as it is.

    While a monitor flaps its problems stay untold, except one that lasts.
    """
    if state.state_type is not StateType.HARD or state.health not in PROBLEMS:
        return False
    if told.problem is state.health and not told.is_attached:
        return False
    return not state.is_flapping or unchanged(state.flap_bits, state.flap_count) >= max(LASTING, monitor.attempts)


def _has_waited(monitor: Monitor, state: MonitorState, outlook: Outlook, now: float) -> bool:
    """Whether the parents' verdict has been waited for long enough; a settling parent ends by itself."""
    if outlook.is_settling and not (outlook.unseen or outlook.is_confirming):
        return False
    waited_s = 0.0 if state.held_since is None else now - state.held_since
    return waited_s >= hold_s(monitor, outlook)


def _beginnings(speaker: Speaker, told: Told, outlook: Outlook, now: float) -> _Step:
    """Flapping and blindness that begin; a child's wait until its parents are known not to be the cause.

    Flapping is told at a bad result, when people can see what is meant, or while a problem is open anyway.
    """
    state, signals = speaker.state, []
    is_seen = told.problem is not None or state.health in PROBLEMS
    if state.is_flapping and not told.is_flapping and is_seen and outlook.is_clear:
        signals.append(speaker.flapping())
        told = replace(told, is_flapping=True)
    if not told.is_blind and not outlook.failed and _is_blind(speaker.monitor, state, now):
        signals.append(speaker.blind())
        told = replace(told, is_blind=True)
    return _Step(told, tuple(signals))


def _is_blind(monitor: Monitor, state: MonitorState, now: float) -> bool:
    if state.health is not Health.UNKNOWN or state.unknown_since is None:
        return False
    return now - state.unknown_since >= monitor.unknown_hold.total_seconds()


def _remember(state: MonitorState, told: Told, held_since: float | None) -> MonitorState:
    is_over = state.health is Health.OK and told.problem is None and not told.is_flapping
    problem_since = None if is_over else state.problem_since
    if told.text == state.told and held_since == state.held_since and problem_since == state.problem_since:
        return state
    return replace(state, told=told.text, held_since=held_since, problem_since=problem_since)
