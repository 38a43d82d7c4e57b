"""What fails without a ticket, and what was told to the desk but never decided."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ticketing import inbox, members
from ticketing.desk import Desk
from ticketing.discrepancy import Discrepancy, Found
from ticketing.proof import is_stale
from ticketing.signal_document import from_document
from ticketing.tables.inbox import Condition, InboxEvent
from ticketing.tables.ticket import LIVE_INCIDENT, Ticket, TicketSignal
from ticketing.vocabulary import TERMINAL, ActorKind, ResolutionCode, TicketKind, TicketState
from watchdesk import maintenance, windows
from watchdesk.health import Health
from watchdesk.signals import HealthSignal, RecoveryEvidence, SignalKind
from watchdesk.windows import Subject, WindowKind

FAILING_KINDS = (SignalKind.PROBLEM.value, SignalKind.BLIND.value)
PATIENCE = timedelta(minutes=2)  # an event that waits longer for its decision was forgotten
SECOND_LOOK = timedelta(minutes=1)  # how long after a person's resolution a failure may still go on
FAILING = {SignalKind.PROBLEM: {Health.WARNING, Health.CRITICAL}, SignalKind.BLIND: {Health.UNKNOWN}}
JUDGED = {ResolutionCode.DUPLICATE.value, ResolutionCode.NOT_AN_INCIDENT.value}


def failing_without_ticket(
    session: Session, evidence: Mapping[str, RecoveryEvidence], desk: Desk, now: datetime
) -> Iterator[Found]:
    """Conditions that fail by fresh samples while no ticket has them and nothing excuses that; told anew."""
    for condition in session.scalars(_without_ticket()).all():
        signal = from_document(condition.body)
        seen = evidence.get(condition.monitor)
        if seen is None or not _fails(signal, seen, now) or _is_excused(session, signal, desk, now):
            continue
        inbox.accept(session, members.told_again(signal, seen, "reconciler", signal.parents), now)
        reason = f"{condition.monitor} is {seen.health} since it was told at {condition.told_at:%H:%M:%S} UTC"
        yield Found(
            discrepancy=Discrepancy.FAILING_WITHOUT_TICKET,
            monitor=condition.monitor,
            ticket=None,
            reason=reason,
            is_repaired=True,
        )


def undecided(session: Session, now: datetime) -> Iterator[Found]:
    """Events that the desk accepted and then forgot."""
    query = select(InboxEvent).where(
        InboxEvent.outcome.in_(inbox.OPEN_OUTCOMES), InboxEvent.received_at < now - PATIENCE
    )
    for event in session.scalars(query.order_by(InboxEvent.id)):
        reason = f"{event.event_id} is {event.outcome} since {event.received_at:%H:%M:%S} UTC"
        yield Found(
            discrepancy=Discrepancy.UNDECIDED, monitor=event.monitor, ticket=None, reason=reason, is_repaired=False
        )


def _without_ticket() -> Select[tuple[Condition]]:
    """Conditions whose newest word is bad news, without an open incident, neither as primary nor as member."""
    own = select(Ticket.fingerprint).where(LIVE_INCIDENT, Ticket.fingerprint.is_not(None))
    folded = (
        select(TicketSignal.fingerprint)
        .join(Ticket, Ticket.id == TicketSignal.ticket_id)
        .where(LIVE_INCIDENT, TicketSignal.ended_at.is_(None))
    )
    return select(Condition).where(
        Condition.kind.in_(FAILING_KINDS), Condition.fingerprint.not_in(own), Condition.fingerprint.not_in(folded)
    )


def _fails(signal: HealthSignal, seen: RecoveryEvidence, now: datetime) -> bool:
    """Whether fresh samples say so, and none since it was told says otherwise: one soft failure is no incident."""
    if not seen.exists or seen.is_paused or is_stale(signal.every, seen, now):
        return False
    told_since = [sample.health for sample in seen.samples if sample.at >= signal.observed_at]
    return seen.health in FAILING[signal.kind] and all(health in FAILING[signal.kind] for health in told_since)


def _is_excused(session: Session, signal: HealthSignal, desk: Desk, now: datetime) -> bool:
    """Whether there is a good reason for no ticket: it is being decided, maintenance, or a person's judgement."""
    is_undecided = select(InboxEvent.id).where(
        InboxEvent.fingerprint == signal.fingerprint, InboxEvent.outcome.in_(inbox.OPEN_OUTCOMES)
    )
    if session.scalars(is_undecided.limit(1)).first() is not None:
        return True
    known, subject = maintenance.all_windows(session, desk.calendars.windows, now), Subject(monitor=signal.monitor)
    if windows.active(known, signal.service, now, kind=WindowKind.MAINTENANCE, subject=subject) is not None:
        return True
    return _was_judged(session, signal, now)


def _was_judged(session: Session, signal: HealthSignal, now: datetime) -> bool:
    """Whether a person ended its ticket as no incident, or so lately that the failure may yet follow."""
    query = select(Ticket).where(
        Ticket.fingerprint == signal.fingerprint,
        Ticket.kind == TicketKind.INCIDENT,
        Ticket.state.in_(sorted(TERMINAL)),
    )
    last = session.scalars(query.order_by(Ticket.opened_at.desc(), Ticket.number.desc()).limit(1)).first()
    if last is None:
        return False
    if last.state == TicketState.CANCELLED or last.resolution_code in JUDGED:
        return signal.observed_at <= (last.resolved_at or last.closed_at or now)
    is_recent = last.resolved_at is not None and now - last.resolved_at <= max(SECOND_LOOK, 3 * signal.every)
    return last.resolved_by_kind == ActorKind.PERSON and is_recent
