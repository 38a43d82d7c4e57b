"""What people do with tickets. Each act raises TicketNotFound for a wrong number and Refused with the reason."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ticketing import changes, conditions, lookup, reopening
from ticketing.entry import Entry, EntryKind, Visibility
from ticketing.errors import MoveRefused
from ticketing.guard import holder
from ticketing.outbox import Operation
from ticketing.signal_document import storable
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import OPEN, Actor, ActorKind, HoldReason, ResolutionCode, TicketState, person
from watchdesk.errors import Refused
from watchdesk.spelling import did_you_mean

LONGEST_NAME = 128
UNTOUCHED = frozenset({TicketState.NEW, TicketState.REMEDIATING, TicketState.RECOVERING})
CANCELLING = frozenset({ResolutionCode.DUPLICATE, ResolutionCode.NOT_AN_INCIDENT})
LET_GO: dict[str, Any] = {
    "acknowledged_at": None,
    "acknowledged_by": None,
    "assignee": None,
    "assigned_by_kind": None,
    "noted_at": None,
    "noted_by": None,
    "hold_reason": None,
    "hold_until": None,
    "back_to": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """How a person ends a ticket: a resolution code, and a note for whoever reads it later."""

    code: str = ResolutionCode.FIXED_BY_PERSON.value
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What a ticket waits for. With `until` the machine ends the hold then; without, a person does."""

    reason: str = HoldReason.SCHEDULED.value
    until: datetime | None = None
    note: str = ""


def acknowledge(session: Session, number: str, *, who: str, now: datetime) -> None:
    """Say that a person has seen it; allowed while it is open. From now on the machine does not resolve it.

    Whoever acknowledges a ticket that nobody has gets it. Once more by the same person changes nothing.
    """
    actor, ticket = _open_ticket(session, number, who)
    if ticket.acknowledged_by == actor.name:
        return
    columns = _owned_by(ticket, actor, now)
    if ticket.state in UNTOUCHED:
        columns["state"] = TicketState.ACKNOWLEDGED
    entry = _entry(EntryKind.ACKNOWLEDGED, f"{actor.name} acknowledged it", actor, Operation.ACKNOWLEDGE)
    changes.change(session, ticket, entry, now, **columns)


def work(session: Session, number: str, *, who: str, now: datetime) -> None:
    """Say that a person works on it; from a hold as well, which ends with that."""
    actor, ticket = _open_ticket(session, number, who)
    if ticket.state == TicketState.IN_PROGRESS:
        return
    columns = _owned_by(ticket, actor, now) | {"state": TicketState.IN_PROGRESS}
    columns |= {"hold_reason": None, "hold_until": None, "back_to": None}
    entry = _entry(EntryKind.WORK_STARTED, f"{actor.name} started work", actor, Operation.UPDATE)
    changes.change(session, ticket, entry, now, **columns)


def assign(session: Session, number: str, assignee: str | None, *, who: str, now: datetime) -> None:
    """Give it to a person, or with None to nobody."""
    actor, ticket = _open_ticket(session, number, who)
    to = None if assignee is None else _name(assignee)
    text = f"{actor.name} assigned it to {to}" if to else f"{actor.name} took it from {ticket.assignee or 'nobody'}"
    columns = {"assignee": to, "assigned_by_kind": ActorKind.PERSON.value if to else None}
    entry = _entry(EntryKind.ASSIGNED, text, actor, Operation.UPDATE)
    changes.change(session, ticket, entry, now, **columns)


def assign_group(session: Session, number: str, group: str, *, who: str, now: datetime) -> None:
    """Give it to another group. A group at work does not keep the machine from resolving."""
    actor, ticket = _open_ticket(session, number, who)
    text = f"{actor.name} assigned it to the group {_name(group)}, before: {ticket.assignment_group or 'none'}"
    entry = _entry(EntryKind.ASSIGNED, text, actor, Operation.UPDATE)
    changes.change(session, ticket, entry, now, assignment_group=_name(group))


def note(session: Session, number: str, text: str, *, who: str, now: datetime) -> None:
    """Write a note; allowed in every state. On an open ticket it keeps the machine from resolving."""
    actor, ticket = _actor(who), lookup.held_by_number(session, number)
    said = storable(text).strip()
    if not said:
        message = f"a note on {ticket.number} needs some text"
        raise Refused(message)
    columns = {"noted_at": now, "noted_by": actor.name} if ticket.state in OPEN else {}
    changes.change(session, ticket, _entry(EntryKind.NOTED, said, actor, None), now, **columns)


def draft(session: Session, number: str, until: datetime | None, *, who: str, now: datetime) -> None:
    """Text is being typed on its page and not yet sent; the page renews this, and ends it with None.

    It stands on no timeline: it only keeps the machine from resolving meanwhile.
    """
    actor, ticket = _actor(who), lookup.held_by_number(session, number)
    is_over = until is None or until <= now
    ticket.drafting_until, ticket.drafting_by = (None, None) if is_over else (until, actor.name)


def hold(session: Session, number: str, waiting: Hold, *, who: str, now: datetime) -> None:
    """Put it on hold: service-level clocks pause as their agreement says, and the machine leaves it alone."""
    actor, ticket = _open_ticket(session, number, who)
    reason = HoldReason(_one_of(waiting.reason, HoldReason, "reason of a hold"))
    if waiting.until is not None and waiting.until <= now:
        message = f"a hold of {ticket.number} until {waiting.until.isoformat()} is over already"
        raise Refused(message)
    until = f" until {waiting.until.isoformat(timespec='minutes')}" if waiting.until else ""
    text = f"{actor.name} put it on hold for {reason}{until}" + (f": {storable(waiting.note)}" if waiting.note else "")
    back_to = TicketState.NEW.value if ticket.state in UNTOUCHED else ticket.state
    columns = {"state": TicketState.ON_HOLD, "hold_reason": reason.value, "hold_until": waiting.until}
    if ticket.state != TicketState.ON_HOLD:
        columns["back_to"] = back_to
    changes.change(session, ticket, _entry(EntryKind.HELD, text, actor, Operation.UPDATE), now, **columns)


def release(session: Session, number: str, *, who: str, now: datetime) -> None:
    """Hand it back to the machine: nobody has it any more, and proof of recovery resolves it."""
    actor, ticket = _open_ticket(session, number, who)
    before = holder(ticket, now)
    if before is None:
        message = f"nobody is at work on {ticket.number}; the machine has it already"
        raise MoveRefused(message)
    columns = dict(LET_GO)
    if ticket.state in {TicketState.ACKNOWLEDGED, TicketState.IN_PROGRESS, TicketState.ON_HOLD}:
        columns["state"] = TicketState.NEW
    text = f"{actor.name} released it to the machine; before, {before}"
    changes.change(session, ticket, _entry(EntryKind.RELEASED, text, actor, Operation.UPDATE), now, **columns)
    ticket.drafting_until, ticket.drafting_by = None, None


def resolve(session: Session, number: str, resolution: Resolution, *, who: str, now: datetime) -> None:
    """Resolve it with a code; allowed while it is open, a remediation at work or not."""
    actor, ticket = _open_ticket(session, number, who)
    code = ResolutionCode(_one_of(resolution.code, ResolutionCode, "resolution code"))
    said = storable(resolution.note).strip()
    text = f"{actor.name} resolved it as {code.spoken}" + (f": {said}" if said else "")
    columns = {
        "state": TicketState.RESOLVED,
        "resolved_at": now,
        "resolved_by": actor.name,
        "resolved_by_kind": actor.kind.value,
        "resolution_code": code.value,
        "resolution_note": said or None,
        "awaiting_approval_since": None,
        "hold_reason": None,
        "hold_until": None,
        "back_to": None,
        "blind_since": None,
        "flapping_since": None,
    }
    if ticket.acknowledged_at is None:  # to resolve it is also an answer to it
        columns |= {"acknowledged_at": now, "acknowledged_by": actor.name}
    entry = _entry(EntryKind.RESOLVED, text, actor, Operation.RESOLVE, Visibility.PUBLIC)
    changes.change(session, ticket, entry, now, **columns)


def reopen(session: Session, number: str, why: str, *, who: str, now: datetime) -> None:
    """Open a resolved ticket again. Whoever does so has it, unless it has an assignee: the machine keeps off."""
    actor, known = _actor(who), lookup.by_number(session, number)
    said = storable(why).strip()
    if not said:
        message = f"say why {known.number} is to be reopened"
        raise Refused(message)
    ticket = _held_after_condition(session, known)
    if ticket.state != TicketState.RESOLVED:
        message = f"{ticket.number} is {ticket.state}; only resolved tickets are reopened"
        raise MoveRefused(message)
    columns = reopening.FRESH_EPISODE | {"reopen_count": ticket.reopen_count + 1}
    if ticket.assignee is None:
        columns |= {"assignee": actor.name, "assigned_by_kind": ActorKind.PERSON.value}
    text = f"{actor.name} reopened it: {said}"
    entry = _entry(EntryKind.REOPENED, text, actor, Operation.REOPEN, Visibility.PUBLIC)
    changes.change(session, ticket, entry, now, **columns)


def cancel(session: Session, number: str, resolution: Resolution, *, who: str, now: datetime) -> None:
    """Take it off the desk for good: it is a duplicate, or no incident at all."""
    actor, ticket = _actor(who), lookup.held_by_number(session, number)
    code = ResolutionCode(_one_of(resolution.code, CANCELLING, "reason to cancel"))
    text = f"{actor.name} cancelled it as {code.spoken}" + (f": {storable(resolution.note)}" if resolution.note else "")
    columns = {"state": TicketState.CANCELLED, "resolution_code": code.value, "closed_at": now}
    entry = _entry(EntryKind.CANCELLED, text, actor, Operation.RESOLVE, Visibility.PUBLIC)
    changes.change(session, ticket, entry, now, **columns)


def close(session: Session, number: str, *, who: str, now: datetime) -> None:
    """Close a resolved ticket for good: a recurrence then opens a new one."""
    actor, ticket = _actor(who), lookup.held_by_number(session, number)
    entry = _entry(EntryKind.CLOSED, f"{actor.name} closed it", actor, None)
    changes.change(session, ticket, entry, now, state=TicketState.CLOSED, closed_at=now)


def mark_major(session: Session, number: str, is_major: bool, *, who: str, now: datetime) -> None:  # noqa: FBT001
    """Declare a major incident, or take that back. A major incident is never resolved by the machine."""
    actor, ticket = _open_ticket(session, number, who)
    if ticket.is_major is not is_major:
        text = f"{actor.name} {'declared it a' if is_major else 'says it is no'} major incident"
        entry = _entry(EntryKind.MAJOR_CHANGED, text, actor, Operation.UPDATE, Visibility.PUBLIC)
        changes.change(session, ticket, entry, now, is_major=is_major)


def _open_ticket(session: Session, number: str, who: str) -> tuple[Actor, Ticket]:
    actor, ticket = _actor(who), lookup.held_by_number(session, number)
    if ticket.state not in OPEN:
        by = f" by {ticket.resolved_by}" if ticket.resolved_by else ""
        code = f" ({ticket.resolution_code})" if ticket.resolution_code else ""
        message = f"{ticket.number} is {ticket.state}{by}{code}; reopen it, or write a note on it"
        raise MoveRefused(message)
    return actor, ticket


def _held_after_condition(session: Session, known: Ticket) -> Ticket:
    """The ticket, held in the same order as a signal holds it: the condition first."""
    if known.fingerprint is not None:
        conditions.hold(session, known.fingerprint)
        live = lookup.live_of_kind(session, known.fingerprint, known.kind)
        if live is not None and live.id != known.id:
            message = f"{known.number} stays {known.state}: {live.number} is open for the same condition"
            raise MoveRefused(message)
    return lookup.held(session, known.id)


def _owned_by(ticket: Ticket, actor: Actor, now: datetime) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if ticket.acknowledged_at is None:
        columns |= {"acknowledged_at": now, "acknowledged_by": actor.name}
    if ticket.assignee is None:
        columns |= {"assignee": actor.name, "assigned_by_kind": ActorKind.PERSON.value}
    return columns


def _entry(
    kind: EntryKind, text: str, actor: Actor, tell: Operation | None, visibility: Visibility = Visibility.INTERNAL
) -> Entry:
    return Entry(kind=kind, text=text, actor=actor, tell=tell, visibility=visibility)


def _actor(who: str) -> Actor:
    return person(_name(who))


def _name(name: str) -> str:
    """A person's or group's name as it is stored. Raises Refused for none and for one that is too long."""
    plain = storable(name).strip()
    if not plain or len(plain) > LONGEST_NAME:
        message = f"{name!r} is no name; a name has 1 to {LONGEST_NAME} characters"
        raise Refused(message)
    return plain


def _one_of(word: str, known: Any, what: str) -> str:
    words = sorted(str(member) for member in known)
    if word not in words:
        message = f"'{word}' is no {what}; known are {', '.join(words)}{did_you_mean(word, words)}"
        raise Refused(message)
    return word
