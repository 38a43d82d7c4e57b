"""Merging: what two tickets tell is one matter. The duplicate's conditions are folded into the other, and it ends."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import changes, conditions, lookup, people
from ticketing.entry import Entry, EntryKind
from ticketing.errors import MoveRefused
from ticketing.opening import WATCH
from ticketing.outbox import Operation
from ticketing.people import Resolution
from ticketing.signal_document import storable
from ticketing.tables.ticket import Ticket, TicketSignal
from ticketing.told import Told
from ticketing.vocabulary import OPEN, ResolutionCode, SignalEnd, SignalRole, TicketKind, person
from watchdesk.fingerprints import is_about_blindness


def merge(session: Session, number: str, into: str, *, who: str, now: datetime) -> None:
    """Resolve an open incident as the duplicate of another; its conditions become members of that one.

    There they recover, retire or are split off like all members, so that nothing that fails is lost. Raises
    TicketNotFound, and MoveRefused for tickets that cannot be merged.
    """
    duplicate, kept = _held_both(session, number, into)
    _require_mergeable(duplicate, kept)
    moved = [_fold(session, kept, signal, now) for signal in _active(session, duplicate.id)]
    what = f": {', '.join(moved)} belongs to it now" if moved else ""
    resolution = Resolution(code=ResolutionCode.DUPLICATE.value, note=f"the same matter as {kept.number}")
    people.resolve(session, duplicate.number, resolution, who=who, now=now)
    entry = Entry(
        kind=EntryKind.MERGED,
        text=f"{who} merged {duplicate.number} into it{what}",
        actor=person(who),
        facts={"duplicate": duplicate.number},
        tell=Operation.UPDATE,
    )
    changes.change(session, kept, entry, now, occurrences=kept.occurrences + duplicate.occurrences)


def incident_merged_into(session: Session, fingerprint: str) -> Ticket | None:
    """The open incident that a condition belongs to, or did until it recovered there, because a person merged the
    condition's own ticket into it; held.
    """
    last = lookup.latest_ended_incident(session, fingerprint)
    if last is None or last.resolution_code != ResolutionCode.DUPLICATE or last.resolved_at is None:
        return None
    holding = lookup.incident_with_member(session, fingerprint)
    return holding or lookup.incident_with_recovered_member(session, fingerprint, last.resolved_at)


def renew(session: Session, ticket: Ticket, told: Told) -> str:
    """The condition was told once more: as a person judged, it belongs to this ticket, also after it recovered."""
    signal = told.signal
    text = f"{signal.monitor} is {signal.health}; a person merged its ticket into this one: {storable(signal.summary)}"
    member = session.get(TicketSignal, (ticket.id, signal.fingerprint))
    if member is None:
        return text
    member.summary, member.health = storable(signal.summary), signal.health.value
    member.observed_at = signal.observed_at
    if member.ended_at is not None:
        member.since, member.attached_at, member.ended_at, member.ended_as = signal.since, told.now, None, None
        facts = {"event_id": signal.event_id, "fingerprint": signal.fingerprint, "monitor": signal.monitor}
        entry = Entry(kind=EntryKind.MEMBER_ATTACHED, text=text, actor=WATCH, facts=facts)
        changes.change(session, ticket, entry, told.now)
    return text


def _held_both(session: Session, number: str, into: str) -> tuple[Ticket, Ticket]:
    """Both rows held, conditions first and in one order, so that two mergers and the watch never wait in a circle."""
    found = [lookup.by_number(session, name) for name in (number, into)]
    for fingerprint in sorted({ticket.fingerprint for ticket in found if ticket.fingerprint}):
        conditions.hold(session, fingerprint)
    held = {ticket_id: lookup.held(session, ticket_id) for ticket_id in sorted({ticket.id for ticket in found})}
    return held[found[0].id], held[found[1].id]


def _require_mergeable(duplicate: Ticket, kept: Ticket) -> None:
    if duplicate.id == kept.id:
        message = f"{kept.number} cannot be merged into itself; choose another ticket to keep"
        raise MoveRefused(message)
    for ticket in (duplicate, kept):
        if ticket.state not in OPEN:
            message = f"{ticket.number} is {ticket.state}; only open tickets are merged"
            raise MoveRefused(message)
        if ticket.kind != TicketKind.INCIDENT:
            message = f"{ticket.number} is a {ticket.kind}; only incidents are merged"
            raise MoveRefused(message)
        if is_about_blindness(ticket.fingerprint or ""):
            message = f"{ticket.number} says that nothing can be seen; whether it is the same matter, nobody knows"
            raise MoveRefused(message)


def _active(session: Session, ticket_id: str) -> list[TicketSignal]:
    query = select(TicketSignal).where(TicketSignal.ticket_id == ticket_id, TicketSignal.ended_at.is_(None))
    return list(session.scalars(query.order_by(TicketSignal.attached_at, TicketSignal.fingerprint)))


def _fold(session: Session, kept: Ticket, signal: TicketSignal, now: datetime) -> str:
    """Make a condition of the duplicate one of the kept ticket; its monitor."""
    member = session.get(TicketSignal, (kept.id, signal.fingerprint))
    if member is None:
        member = TicketSignal(ticket_id=kept.id, fingerprint=signal.fingerprint, role=SignalRole.MEMBER.value)
        session.add(member)
    for name in ("monitor", "service", "title", "summary", "health", "since", "observed_at", "every"):
        setattr(member, name, getattr(signal, name))
    member.attached_at, member.ended_at, member.ended_as = now, None, None
    signal.ended_at, signal.ended_as = now, SignalEnd.MERGED.value
    return signal.monitor
