"""One ticket with all that is known of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import guard, timeline
from ticketing.signal_document import samples_from_document
from ticketing.tables.ticket import Evidence, Ticket, TicketSignal
from ticketing.tables.timeline import TimelineEntry
from ticketing.view_of import view
from ticketing.views import EntryView, EvidenceView, MemberView, TicketDetail
from ticketing.vocabulary import OPEN, TicketKind
from watchdesk.signals import ResolvePolicy


def detail_of(session: Session, ticket: Ticket, due_at: datetime | None, now: datetime) -> TicketDetail:
    """The ticket, its timeline oldest first, its evidence, its members, and the tickets it is linked to."""
    is_open = ticket.state in OPEN
    return TicketDetail(
        ticket=view(ticket, due_at),
        impact=ticket.impact,
        urgency=ticket.urgency,
        derivation=ticket.derivation,
        measured=ticket.measured,
        definition=ticket.definition,
        definition_version=ticket.definition_version,
        runbook=ticket.runbook,
        policy=ResolvePolicy(
            after=ticket.resolve_after, grace=ticket.resolve_grace, reopen_within=ticket.reopen_within
        ),
        failing_since=ticket.failing_since,
        last_failure_at=ticket.last_failure_at,
        blind_since=ticket.blind_since,
        recovered_at=ticket.recovered_at,
        recovery_posted_at=ticket.recovery_posted_at,
        escalated_at=ticket.escalated_at,
        acknowledged_by=ticket.acknowledged_by,
        hold_reason=ticket.hold_reason,
        hold_until=ticket.hold_until,
        resolution_note=ticket.resolution_note,
        held_by=guard.holder(ticket, now) if is_open else None,
        recurrence_of=_number(session, ticket.recurrence_of),
        problem=_number(session, ticket.problem_id),
        incidents=_incidents(session, ticket),
        timeline=tuple(entry_view(row) for row in timeline.entries(session, ticket.id)),
        evidence=_evidence(session, ticket),
        members=_members(session, ticket),
    )


def _number(session: Session, ticket_id: str | None) -> str | None:
    if ticket_id is None:
        return None
    return session.scalars(select(Ticket.number).where(Ticket.id == ticket_id)).one_or_none()


def _incidents(session: Session, ticket: Ticket) -> tuple[str, ...]:
    """The incidents of a problem. They share its fingerprint, for which there is an index."""
    if ticket.kind != TicketKind.PROBLEM:
        return ()
    query = select(Ticket.number).where(Ticket.fingerprint == ticket.fingerprint, Ticket.problem_id == ticket.id)
    return tuple(session.scalars(query.order_by(Ticket.opened_at)))


def _evidence(session: Session, ticket: Ticket) -> tuple[EvidenceView, ...]:
    query = select(Evidence).where(Evidence.ticket_id == ticket.id).order_by(Evidence.id)
    return tuple(
        EvidenceView(
            phase=row.phase,
            monitor=row.monitor,
            taken_at=row.taken_at,
            summary=row.summary,
            samples=samples_from_document(row.samples),
            facts=row.facts,
            digest=row.digest,
        )
        for row in session.scalars(query)
    )


def _members(session: Session, ticket: Ticket) -> tuple[MemberView, ...]:
    query = select(TicketSignal).where(TicketSignal.ticket_id == ticket.id)
    ordered = query.order_by(TicketSignal.role.desc(), TicketSignal.attached_at, TicketSignal.fingerprint)
    return tuple(
        MemberView(
            monitor=row.monitor,
            fingerprint=row.fingerprint,
            role=row.role,
            service=row.service,
            title=row.title,
            summary=row.summary,
            health=row.health,
            since=row.since,
            observed_at=row.observed_at,
            ended_at=row.ended_at,
            ended_as=row.ended_as,
        )
        for row in session.scalars(ordered)
    )


def entry_view(row: TimelineEntry) -> EntryView:
    """One row of a timeline as it is shown."""
    return EntryView(
        seq=row.seq,
        at=row.at,
        actor_kind=row.actor_kind,
        actor=row.actor,
        kind=row.kind,
        visibility=row.visibility,
        text=row.text,
        from_state=row.from_state,
        to_state=row.to_state,
        facts=row.facts,
    )
