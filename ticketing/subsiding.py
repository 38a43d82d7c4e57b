"""Subsiding: what good news does to an open incident. Only `recovery` may resolve for health; here it is noted."""

from dataclasses import replace

from sqlalchemy.orm import Session

from ticketing import changes, guard, lookup, members, resolution
from ticketing.decision import Decision, Outcome, about
from ticketing.entry import Entry, EntryKind
from ticketing.evidence import Proof
from ticketing.members import Ending
from ticketing.opening import WATCH
from ticketing.resolution import Resolved
from ticketing.signal_document import storable
from ticketing.tables.ticket import Ticket
from ticketing.told import Told
from ticketing.vocabulary import EvidencePhase, ResolutionCode, SignalEnd, TicketState
from watchdesk.fingerprints import of_blindness
from watchdesk.health import Health
from watchdesk.signals import HealthSignal


def is_failing(signal: HealthSignal) -> bool:
    return signal.health in {Health.WARNING, Health.CRITICAL}


def as_blindness(signal: HealthSignal) -> HealthSignal:
    """The signal as the desk tickets it: under a fingerprint of its own, and without a runbook."""
    return replace(signal, fingerprint=of_blindness(signal.monitor), runbook=None)


def recovered(session: Session, told: Told) -> Decision:
    """Hard ok: the grace begins, unless a person, flapping or a running remediation says otherwise."""
    live = lookup.live_incident(session, told.signal.fingerprint)
    if live is None:
        return _member_ended(session, told, SignalEnd.RECOVERED, "it is healthy again")
    holder = guard.holder(live, told.now)
    if holder is not None:
        return about(live, Outcome.HELD, f"recovered, but {holder}")
    if live.flapping_since is not None:
        return about(live, Outcome.FLAPPING, "healthy at the moment, but it flaps")
    if live.state == TicketState.REMEDIATING:
        return about(live, Outcome.REMEDIATING, "healthy again; the remediation has yet to finish")
    if live.state == TicketState.NEW:
        text = f"{told.signal.monitor} is healthy again: {storable(told.signal.summary)}. Good samples are counted now"
        entry = Entry(kind=EntryKind.RECOVERING, text=text, actor=WATCH, facts={"event_id": told.signal.event_id})
        state = TicketState.RECOVERING.value
        changes.change(session, live, entry, told.now, state=state, recovered_at=told.signal.observed_at)
    return about(live, Outcome.RECOVERING, "healthy again; fresh good samples over the grace period will resolve it")


def seeing(session: Session, told: Told) -> Decision:
    """A known verdict again: that is the proof that the monitoring is no longer blind."""
    signal = told.signal
    live = lookup.live_incident(session, of_blindness(signal.monitor))
    if live is None:
        return Decision(outcome=Outcome.NO_TICKET, ticket_number=None, reason="no blindness was ticketed")
    holder = guard.holder(live, told.now)
    if holder is not None:
        return about(live, Outcome.HELD, f"it sees again, but {holder}")
    if signal.health is Health.UNKNOWN:
        return about(live, Outcome.BLIND, "the verdict is still unknown")
    why = f"{signal.monitor} gives a verdict again, {signal.health}: {storable(signal.summary)}"
    return _resolve(session, live, told, ResolutionCode.RECOVERED_NO_ACTION, why)


def retired(session: Session, told: Told) -> Decision:
    """The monitor is gone from the definitions: nothing will ever prove a recovery."""
    live = lookup.live_incident(session, told.signal.fingerprint)
    why = f"{told.signal.monitor} is gone from the definitions"
    if live is None:
        return _member_ended(session, told, SignalEnd.RETIRED, why)
    holder = guard.holder(live, told.now)
    if holder is not None:
        return about(live, Outcome.HELD, f"{why}, but {holder}")
    if live.state == TicketState.REMEDIATING:
        return about(live, Outcome.REMEDIATING, f"{why}; the remediation has yet to finish")
    return _resolve(session, live, told, ResolutionCode.TARGET_RETIRED, why)


def flapping(session: Session, ticket: Ticket, told: Told) -> Decision:
    """Flapping began on an open incident, whose row is held."""
    if ticket.flapping_since is None:
        text = f"{told.signal.monitor} flaps: {storable(told.signal.summary)}. The ticket stays open until it is steady"
        entry = Entry(kind=EntryKind.FLAPPING, text=text, actor=WATCH, facts={"event_id": told.signal.event_id})
        changes.change(session, ticket, entry, told.now, flapping_since=told.signal.observed_at)
    return about(ticket, Outcome.FLAPPING, "held open while it flaps")


def steady(session: Session, told: Told) -> Decision:
    """Flapping ended."""
    live = lookup.live_incident(session, told.signal.fingerprint)
    if live is None:
        return Decision(outcome=Outcome.NO_TICKET, ticket_number=None, reason="steady again, and no ticket is open")
    if live.flapping_since is not None:
        text = f"{told.signal.monitor} is steady again: {told.signal.health}"
        entry = Entry(kind=EntryKind.STEADY, text=text, actor=WATCH, facts={"event_id": told.signal.event_id})
        changes.change(session, live, entry, told.now, flapping_since=None)
    return about(live, Outcome.STEADY, "flapping ended; recovery is judged as usual")


def _member_ended(session: Session, told: Told, how: SignalEnd, why: str) -> Decision:
    ticket = lookup.incident_with_member(session, told.signal.fingerprint)
    if ticket is None:
        return Decision(outcome=Outcome.NO_TICKET, ticket_number=None, reason=f"{why}, and no ticket is open")
    for member in members.active(session, ticket.id):
        if member.fingerprint == told.signal.fingerprint:
            members.end(session, ticket, member, Ending(how=how, why=why, now=told.now))
    return about(ticket, Outcome.RETIRED if how is SignalEnd.RETIRED else Outcome.RECOVERING, why)


def _resolve(session: Session, ticket: Ticket, told: Told, code: ResolutionCode, why: str) -> Decision:
    signal = told.signal
    proof = Proof(
        phase=EvidencePhase.RESOLUTION,
        monitor=signal.monitor,
        summary=why,
        samples=signal.samples,
        facts={"event_id": signal.event_id, "health": signal.health.value},
    )
    resolution.resolve(session, ticket, Resolved(code=code, why=why, actor=WATCH, proof=proof), told.now)
    return about(ticket, Outcome.RESOLVED, f"resolved as {code}: {why}")
