"""Members: conditions that follow from another one and are folded into its incident instead of opening their own."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import changes, inbox, lookup
from ticketing.desk import Look
from ticketing.entry import Entry, EntryKind
from ticketing.opening import WATCH
from ticketing.signal_document import from_document, storable
from ticketing.tables.inbox import Condition
from ticketing.tables.ticket import Ticket, TicketSignal
from ticketing.told import Told
from ticketing.vocabulary import SignalEnd, SignalRole
from watchdesk.fingerprints import of_blindness, of_condition
from watchdesk.health import Health
from watchdesk.signals import HealthSignal, RecoveryEvidence, SignalKind

SETTLE_INTERVALS = 3  # checks that a member gets to recover after the primary did, before it stands for itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How, why and when a member leaves its ticket."""

    how: SignalEnd
    why: str
    now: datetime


def incident_of_parents(session: Session, parents: tuple[str, ...]) -> Ticket | None:
    """The open incident of the first parent that has one, or that the parent itself was folded into; row held."""
    for parent in parents:
        fingerprint = of_condition(parent)
        found = lookup.live_incident(session, fingerprint) or lookup.incident_with_member(session, fingerprint)
        if found is not None:
            return found
    return None


def attach(session: Session, ticket: Ticket, told: Told) -> str:
    """Fold a signal into an incident whose row is held; told again, only what was seen last is renewed."""
    signal = told.signal
    member = session.get(TicketSignal, (ticket.id, signal.fingerprint))
    is_renewed = member is not None and member.ended_at is None
    if member is None:
        member = TicketSignal(ticket_id=ticket.id, fingerprint=signal.fingerprint, role=SignalRole.MEMBER.value)
        session.add(member)
    member.monitor, member.service, member.every = signal.monitor, signal.service, signal.every
    member.title, member.summary = storable(signal.title), storable(signal.summary)
    member.health, member.since, member.observed_at = signal.health.value, signal.since, signal.observed_at
    member.attached_at, member.ended_at, member.ended_as = told.now, None, None
    text = f"{signal.monitor} is {signal.health} too and depends on {signal.parents[0]}: {storable(signal.summary)}"
    if not is_renewed:
        facts = {"event_id": signal.event_id, "fingerprint": signal.fingerprint, "monitor": signal.monitor}
        entry = Entry(kind=EntryKind.MEMBER_ATTACHED, text=text, actor=WATCH, facts=facts)
        changes.change(session, ticket, entry, told.now)
    return text


def active(session: Session, ticket_id: str) -> list[TicketSignal]:
    """The members that still belong to a ticket, oldest first."""
    query = select(TicketSignal).where(
        TicketSignal.ticket_id == ticket_id,
        TicketSignal.role == SignalRole.MEMBER,
        TicketSignal.ended_at.is_(None),
    )
    return list(session.scalars(query.order_by(TicketSignal.attached_at, TicketSignal.fingerprint)))


def end(session: Session, ticket: Ticket, member: TicketSignal, ending: Ending) -> None:
    """Let a member go from a ticket whose row is held."""
    member.ended_at, member.ended_as = ending.now, ending.how.value
    text = f"{member.monitor} left this ticket, {ending.how}: {ending.why}"
    facts = {"fingerprint": member.fingerprint, "monitor": member.monitor, "as": ending.how.value}
    entry = Entry(kind=EntryKind.MEMBER_ENDED, text=text, actor=WATCH, facts=facts)
    changes.change(session, ticket, entry, ending.now)


def refresh(session: Session, ticket: Ticket, look: Look, now: datetime) -> list[TicketSignal]:
    """Let go what has recovered by its own fresh samples, or is gone; returns the members that still fail.

    A member of which nothing is known still fails: silence is not recovery.
    """
    failing = []
    for member in active(session, ticket.id):
        ending = _ending(session, member, look(member.monitor), now)
        if ending is None:
            failing.append(member)
        else:
            end(session, ticket, member, ending)
    return failing


def split(session: Session, ticket: Ticket, member: TicketSignal, seen: RecoveryEvidence, now: datetime) -> bool:
    """Let a member that goes on failing without its parent stand for itself: it is told to the inbox anew.

    False when nothing was told about it that could be told again.
    """
    condition = session.get(Condition, member.fingerprint)
    if condition is None or condition.kind != SignalKind.PROBLEM or seen.last_sample_at is None:
        return False
    again = told_again(from_document(condition.body), seen, f"split/{ticket.id}")
    inbox.accept(session, again, now)
    why = f"it still fails although {ticket.monitor} works"
    end(session, ticket, member, Ending(how=SignalEnd.SPLIT, why=why, now=now))
    return True


def told_again(
    signal: HealthSignal, seen: RecoveryEvidence, because: str, parents: tuple[str, ...] = ()
) -> HealthSignal:
    """An earlier signal as the desk tells it to itself, as seen now. The same sight is told once."""
    seen_at = seen.last_sample_at or signal.observed_at
    return replace(
        signal,
        source="desk",
        event_id=f"{because}/{signal.fingerprint}/{seen_at.isoformat()}",
        health=seen.health,
        observed_at=max(seen_at, signal.observed_at),
        parents=parents,
        samples=seen.samples or signal.samples,
        summary=seen.samples[-1].summary if seen.samples else signal.summary,
    )


def settle_time(ticket: Ticket, member: TicketSignal) -> timedelta:
    """How long after its primary's proved recovery a member may go on failing before it is split off."""
    return max(ticket.resolve_grace, SETTLE_INTERVALS * member.every)


def _ending(session: Session, member: TicketSignal, seen: RecoveryEvidence | None, now: datetime) -> Ending | None:
    if seen is None:
        return None
    if not seen.exists:
        return Ending(how=SignalEnd.RETIRED, why="the monitor is gone from the definitions", now=now)
    has_recovered = seen.ok_since is not None and seen.ok_since > member.observed_at
    if seen.health is Health.OK and not seen.is_stale and has_recovered:
        return Ending(how=SignalEnd.RECOVERED, why=f"healthy since {seen.ok_since:%H:%M:%S} UTC", now=now)
    if seen.health is Health.UNKNOWN and lookup.live_incident(session, of_blindness(member.monitor)) is not None:
        return Ending(how=SignalEnd.SPLIT, why="its blindness has a ticket of its own", now=now)
    return None
