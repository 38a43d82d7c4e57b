"""Resolving by the machine: the state, the code, the evidence and the word outside, in one move."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import changes, evidence
from ticketing.entry import Entry, EntryKind, Visibility
from ticketing.evidence import Proof
from ticketing.outbox import Operation
from ticketing.tables.ticket import Ticket, TicketSignal
from ticketing.vocabulary import Actor, ResolutionCode, SignalEnd, SignalRole, TicketState


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Why a ticket may be resolved: the code, the sentence for its timeline, who says so, and the proof.

    `recovered_at` is the first good sample; None when nothing recovered.
    """

    code: ResolutionCode
    why: str
    actor: Actor
    proof: Proof
    recovered_at: datetime | None = None


def resolve(session: Session, ticket: Ticket, resolved: Resolved, now: datetime) -> None:
    """Resolve a ticket whose row is held, with its proof. Raises MoveRefused when a person is at work."""
    digest = evidence.keep(session, ticket, resolved.proof, now)
    entry = Entry(
        kind=EntryKind.RESOLVED,
        text=f"Resolved as {resolved.code}: {resolved.why}",
        actor=resolved.actor,
        facts={"evidence": digest},
        visibility=Visibility.PUBLIC,
        tell=Operation.RESOLVE,
    )
    changes.change(
        session,
        ticket,
        entry,
        now,
        state=TicketState.RESOLVED.value,
        resolved_at=now,
        resolved_by=resolved.actor.name,
        resolved_by_kind=resolved.actor.kind.value,
        resolution_code=resolved.code.value,
        resolution_note=resolved.why,
        recovered_at=ticket.recovered_at or resolved.recovered_at,
        blind_since=None,
        flapping_since=None,
        awaiting_approval_since=None,
    )
    how = SignalEnd.RETIRED if resolved.code is ResolutionCode.TARGET_RETIRED else SignalEnd.RECOVERED
    end_primary(session, ticket, how, now)


def end_primary(session: Session, ticket: Ticket, how: SignalEnd, now: datetime) -> None:
    """Note that the condition which opened the ticket is over."""
    query = select(TicketSignal).where(
        TicketSignal.ticket_id == ticket.id, TicketSignal.role == SignalRole.PRIMARY, TicketSignal.ended_at.is_(None)
    )
    for signal in session.scalars(query):
        signal.ended_at, signal.ended_as = now, how.value
