"""Incidents: what each signal does to the desk's tickets, decided once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ticketing import conditions, inbox, lookup, members, merging, opening, reopening, subsiding
from ticketing.decision import Decision, Outcome, about
from ticketing.desk import Desk
from ticketing.members import Ending
from ticketing.tables.inbox import Condition
from ticketing.told import Told
from ticketing.vocabulary import SignalEnd
from watchdesk import maintenance, windows
from watchdesk.fingerprints import of_condition
from watchdesk.signals import HealthSignal, SignalKind
from watchdesk.windows import Subject, Window, WindowKind

PATIENCE = timedelta(seconds=30)  # how long a child waits for its parent's incident before it stands for itself


def take(session: Session, signal: HealthSignal, desk: Desk, now: datetime) -> Decision:
    """Decide about one signal and mark its inbox row with the outcome; one that was decided before is `known`.

    A signal that nobody accepted yet is accepted here. Tellings about one condition are put in order by its row.
    """
    event = inbox.claim(session, signal)
    if event is None and inbox.accept(session, signal, now):
        event = inbox.claim(session, signal)
    if event is None:
        return Decision(outcome=Outcome.KNOWN, ticket_number=None, reason="it was decided before")
    if signal.kind is SignalKind.BLIND:
        signal = subsiding.as_blindness(signal)
    condition = conditions.hold_for(session, signal, now)
    if conditions.is_late(condition, signal):
        reason = f"newer word of {condition.observed_at:%H:%M:%S} UTC was applied already"
        decision = Decision(outcome=Outcome.LATE, ticket_number=None, reason=reason)
    else:
        conditions.note(condition, signal, now)
        told = Told(signal=signal, desk=desk, now=now, may_wait=now - event.received_at <= PATIENCE)
        decision = REACTIONS[signal.kind](session, told)
    inbox.settle(event, decision, now)
    return decision


def _problem(session: Session, told: Told) -> Decision:
    """A failure: counted where its incident is open, folded into a parent's, or opened."""
    live = lookup.live_incident(session, told.signal.fingerprint)
    if live is not None:
        return about(live, Outcome.COUNTED, opening.count(session, live, told))
    if told.signal.parents:
        return _follow_parent(session, told)
    merged = merging.incident_merged_into(session, told.signal.fingerprint)
    if merged is not None:
        return about(merged, Outcome.ATTACHED, merging.renew(session, merged, told))
    _stand_alone(session, told)
    return _open(session, told)


def _follow_parent(session: Session, told: Told) -> Decision:
    parents = told.signal.parents
    incident = members.incident_of_parents(session, parents)
    if incident is not None:
        return about(incident, Outcome.ATTACHED, members.attach(session, incident, told))
    window = _maintenance_of(session, parents, told)
    if window is not None:
        return _excused(window)
    if told.may_wait:
        reason = f"{parents[0]} failed too; its incident is awaited, so that this one can be folded into it"
        return Decision(outcome=Outcome.WAITING, ticket_number=None, reason=reason)
    return _open(session, told)


def _stand_alone(session: Session, told: Told) -> None:
    """A member that fails without failing parents has a fault of its own and leaves its parent's incident."""
    ticket = lookup.incident_with_member(session, told.signal.fingerprint)
    for member in members.active(session, ticket.id) if ticket is not None else ():
        if ticket is not None and member.fingerprint == told.signal.fingerprint:
            why = "it fails although what it depends on works"
            members.end(session, ticket, member, Ending(how=SignalEnd.SPLIT, why=why, now=told.now))


def _open(session: Session, told: Told) -> Decision:
    window = _maintenance(session, told, told.signal.service, told.signal.monitor)
    if window is not None:
        return _excused(window)
    before = lookup.latest_ended_incident(session, told.signal.fingerprint)
    if before is not None and reopening.comes_back_soon(before, told):
        return about(before, Outcome.REOPENED, reopening.reopen(session, before, told))
    opened = opening.open_incident(session, told, before)
    return about(opened.ticket, Outcome.OPENED if opened.is_new else Outcome.COUNTED, opened.reason)


def _maintenance(session: Session, told: Told, service: str, monitor: str) -> Window | None:
    known = maintenance.all_windows(session, told.desk.calendars.windows, told.now)
    subject = Subject(monitor=monitor)
    return windows.active(known, service, told.now, kind=WindowKind.MAINTENANCE, subject=subject)


def _maintenance_of(session: Session, parents: tuple[str, ...], told: Told) -> Window | None:
    for parent in parents:
        condition = session.get(Condition, of_condition(parent))
        service = None if condition is None else condition.body["service"]
        window = None if service is None else _maintenance(session, told, service, parent)
        if window is not None:
            return window
    return None


def _excused(window: Window) -> Decision:
    reason = f"maintenance '{window.id}' is under way ({window.reason}); when it ends, a fresh check decides"
    return Decision(outcome=Outcome.MAINTENANCE, ticket_number=None, reason=reason)


def _flapping(session: Session, told: Told) -> Decision:
    """Flapping holds one ticket open for as long as it lasts."""
    live = lookup.live_incident(session, told.signal.fingerprint)
    if live is None and subsiding.is_failing(told.signal):
        decision = _problem(session, told)
        live = lookup.live_incident(session, told.signal.fingerprint)
        if live is None:
            return decision
    if live is None:
        return Decision(outcome=Outcome.NO_TICKET, ticket_number=None, reason="it flaps, and no ticket is open")
    return subsiding.flapping(session, live, told)


REACTIONS: Mapping[SignalKind, Callable[[Session, Told], Decision]] = {
    SignalKind.PROBLEM: _problem,
    SignalKind.RECOVERED: subsiding.recovered,
    SignalKind.BLIND: _problem,
    SignalKind.SEEING: subsiding.seeing,
    SignalKind.FLAPPING: _flapping,
    SignalKind.STEADY: subsiding.steady,
    SignalKind.RETIRED: subsiding.retired,
}
