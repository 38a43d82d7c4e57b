"""Why a monitor is in its state, from what the watch recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from loop.definitions import Definitions
from loop.explanation import Explanation, Reason
from loop.operations import require_monitor
from monitors import pauses, queries
from monitors.flapping import RING
from monitors.monitor import Monitor
from monitors.rhythm import stands_for
from monitors.state import MonitorState
from ticketing import queries as tickets
from watchdesk import maintenance, windows
from watchdesk.clock import from_epoch_ms
from watchdesk.definitions.quantities import format_duration
from watchdesk.health import Health, StateType
from watchdesk.windows import Subject

NEWEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is looked at."""

    session: Session
    definitions: Definitions
    monitor: Monitor
    state: MonitorState
    now: datetime


def of_monitor(session: Session, definitions: Definitions, monitor: str, now: datetime) -> Explanation:
    """The chain from what was measured to what the desk was told. Raises NotFound."""
    require_monitor(definitions, monitor)
    state = queries.states(session, [monitor]).get(monitor) or MonitorState(monitor=monitor)
    case = Case(session=session, definitions=definitions, monitor=definitions.monitors[monitor], state=state, now=now)
    questions: tuple[Callable[[Case], Reason], ...] = (
        _measured, _confirmed, _flapping, _quiet, _parents, _desk, _change,
    )  # fmt: skip
    return Explanation(subject=monitor, answer=_answer(case), reasons=tuple(ask(case) for ask in questions))


def _answer(case: Case) -> str:
    state = case.state
    if state.last_at is None:
        return "nothing was seen yet, so it is unknown"
    since = f" since {_at(state.since)}" if state.since is not None else ""
    return f"{state.health} ({state.state_type}){since}: {state.summary}"


def _measured(case: Case) -> Reason:
    monitor, state = case.monitor, case.state
    lines = [f"{path} was {value}" for path, value in state.measured.items()]
    lines += [f"expected: {expectation.text}" for expectation in monitor.expectations]
    lines += [f"{what} is remembered since {_at(at)}" for what, at in state.memory.items()]
    if not monitor.expectations:
        lines.append(f"nothing is expected beyond what the kind '{monitor.kind}' calls success")
    if state.last_at is not None:
        age = case.now - _instant(state.last_at)
        lines.append(f"last looked {_round(age)} ago, every {format_duration(monitor.every)}")
        if age > stands_for(monitor):
            lines.append("that is longer than a result stands for: nobody looks at present")
    lines.append(f"defined at {monitor.place}, version {monitor.version}")
    return Reason(question="What was measured?", lines=tuple(lines), facts=dict(state.measured))


def _confirmed(case: Case) -> Reason:
    monitor, state = case.monitor, case.state
    facts = {"attempt": state.attempt, "attempts": monitor.attempts, "state_type": state.state_type}
    if state.state_type is StateType.HARD:
        line = f"{state.hard_health} is confirmed"
        return Reason(question="Is it confirmed?", lines=(line,), facts=facts)
    missing = max(0, monitor.attempts - state.attempt)
    lines = (
        f"not yet: attempt {state.attempt} of {monitor.attempts}, one every {format_duration(monitor.retry)}",
        f"the last confirmed verdict is {state.hard_health}",
        f"{missing} more of the same confirm it, one good sample ends it",
    )
    return Reason(question="Is it confirmed?", lines=lines, facts=facts)


def _flapping(case: Case) -> Reason:
    rule, state = case.monitor.flap, case.state
    word = "yes" if state.is_flapping else "no"
    line = (
        f"{word}: {state.flap_percent:.1f} % weighted changes over the last {state.flap_count} of {RING} results; "
        f"it begins above {rule.high:g} % and ends below {rule.low:g} % ({rule.algorithm}'s weights)"
    )
    in_time = (
        (f"{len(state.changed_at)} changes within {format_duration(rule.within)}; {rule.changes} are flapping too",)
        if rule.within is not None
        else ()
    )
    return Reason(question="Does it flap?", lines=(line, *in_time), facts={"percent": state.flap_percent})


def _quiet(case: Case) -> Reason:
    monitor, lines = case.monitor, []
    for pause in pauses.active(case.session, case.now):
        if pause.monitor == monitor.id:
            end = f"until {pause.until.isoformat(timespec='minutes')}" if pause.until else "until it is resumed"
            lines.append(f"paused by {pause.who} {end}: {pause.because}")
    every = maintenance.all_windows(case.session, case.definitions.calendars.windows, case.now)
    subject = Subject(monitor=monitor.id, tags=monitor.tags)
    window = windows.active(every, monitor.service, case.now, subject=subject)
    if window is not None:
        lines.append(f"inside the {window.kind} window '{window.id}': {window.reason}")
    return Reason(question="Is it quiet on purpose?", lines=tuple(lines) or ("no pause and no window",))


def _parents(case: Case) -> Reason:
    needs = case.monitor.needs
    if not needs:
        return Reason(question="What does it depend on?", lines=("nothing: it speaks for itself",))
    states = queries.states(case.session, needs)
    seen = {name: states.get(name) or MonitorState(monitor=name) for name in needs}
    lines = [f"{name} is {state.health} ({state.state_type})" for name, state in seen.items()]
    failed = [name for name, state in seen.items() if state.hard_health is Health.CRITICAL]
    if failed:
        lines.append(f"a failure of its own is put down to {', '.join(failed)} and attached to that incident")
    if case.state.held_since is not None:
        lines.append(f"its problem waits for their verdict since {_at(case.state.held_since)}")
    return Reason(question="What does it depend on?", lines=tuple(lines))


def _desk(case: Case) -> Reason:
    lines = [
        f"{told.observed_at:%Y-%m-%d %H:%M:%S} UTC {told.kind}: {told.outcome}"
        + (f", {told.ticket}" if told.ticket else "")
        + (f"; {told.reason}" if told.reason else "")
        for told in tickets.decisions(case.session, case.monitor.id, NEWEST)
    ]
    opened = tickets.open_incidents(case.session, case.now, case.monitor.id)
    lines += [f"{incident.number} is open, {incident.state}" for incident in opened]
    return Reason(question="What was the desk told?", lines=tuple(lines) or ("nothing: there was nothing to tell",))


def _change(case: Case) -> Reason:
    """The nearest change that would alter the state."""
    monitor, state = case.monitor, case.state
    if state.health is Health.OK:
        line = f"{monitor.attempts} bad samples in a row would confirm a problem and tell the desk"
    elif state.health is Health.UNKNOWN:
        hold = format_duration(monitor.unknown_hold)
        line = f"a sample that can be judged; after {hold} of unknown the desk is told that it is blind"
    else:
        policy = monitor.resolve
        line = (
            f"one good sample ends it; its ticket resolves after {policy.after} good samples over at least "
            f"{format_duration(policy.grace)}"
        )
    return Reason(question="What would change it?", lines=(line,))


def _instant(at: float) -> datetime:
    return from_epoch_ms(round(at * 1000))


def _at(at: float | None) -> str:
    return "never" if at is None else f"{_instant(at):%Y-%m-%d %H:%M:%S} UTC"


def _round(span: timedelta) -> str:
    return format_duration(timedelta(seconds=max(0, round(span.total_seconds()))))
