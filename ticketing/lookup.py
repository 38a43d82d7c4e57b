"""Finding tickets by id, number and condition; for writing, with their rows held until the transaction ends."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ticketing.errors import TicketNotFound
from ticketing.tables.ticket import LIVE_INCIDENT, LIVE_PROBLEM, Ticket, TicketSignal
from ticketing.vocabulary import TERMINAL, SignalEnd, SignalRole, TicketKind


def by_id(session: Session, ticket_id: str) -> Ticket:
    """Raises TicketNotFound."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None:
        raise TicketNotFound(ticket_id)
    return ticket


def by_number(session: Session, number: str) -> Ticket:
    """A number as people type it; capitals do not matter. Raises TicketNotFound."""
    ticket = session.scalars(select(Ticket).where(Ticket.number == number.strip().upper())).one_or_none()
    if ticket is None:
        raise TicketNotFound(number)
    return ticket


def held(session: Session, ticket_id: str) -> Ticket:
    """The ticket as it stands now, its row held until the transaction ends. Raises TicketNotFound."""
    found = _held(session, select(Ticket).where(Ticket.id == ticket_id))
    if found is None:
        raise TicketNotFound(ticket_id)
    return found


def held_by_number(session: Session, number: str) -> Ticket:
    """Like `by_number`, with the row held."""
    return held(session, by_number(session, number).id)


def live_incident(session: Session, fingerprint: str) -> Ticket | None:
    """The one open incident of a condition, its row held."""
    return _held(session, select(Ticket).where(Ticket.fingerprint == fingerprint, LIVE_INCIDENT))


def live_of_kind(session: Session, fingerprint: str, kind: str) -> Ticket | None:
    """The one open incident or problem of a condition, its row held."""
    return live_problem(session, fingerprint) if kind == TicketKind.PROBLEM else live_incident(session, fingerprint)


def live_problem(session: Session, fingerprint: str) -> Ticket | None:
    """The one open problem about a condition, its row held."""
    return _held(session, select(Ticket).where(Ticket.fingerprint == fingerprint, LIVE_PROBLEM))


def latest_ended_incident(session: Session, fingerprint: str) -> Ticket | None:
    """The newest incident of a condition that is no longer open, its row held."""
    is_ended = Ticket.state.in_(sorted(TERMINAL))
    query = select(Ticket).where(Ticket.fingerprint == fingerprint, Ticket.kind == TicketKind.INCIDENT, is_ended)
    return _held(session, query.order_by(Ticket.opened_at.desc(), Ticket.number.desc()).limit(1))


def incident_with_member(session: Session, fingerprint: str) -> Ticket | None:
    """The open incident that a condition was folded into and still belongs to, its row held."""
    holds = select(TicketSignal.ticket_id).where(
        TicketSignal.fingerprint == fingerprint, TicketSignal.role == SignalRole.MEMBER, TicketSignal.ended_at.is_(None)
    )
    return _held(session, select(Ticket).where(Ticket.id.in_(holds), LIVE_INCIDENT).order_by(Ticket.id).limit(1))


def incident_with_recovered_member(session: Session, fingerprint: str, since: datetime) -> Ticket | None:
    """The open incident that a condition was folded into at `since` or later and has recovered in, its row held."""
    held_it = (
        select(TicketSignal.ticket_id)
        .join(Ticket, Ticket.id == TicketSignal.ticket_id)
        .where(
            TicketSignal.fingerprint == fingerprint,
            TicketSignal.role == SignalRole.MEMBER,
            TicketSignal.ended_as == SignalEnd.RECOVERED,
            TicketSignal.attached_at >= since,
            LIVE_INCIDENT,
        )
        .order_by(TicketSignal.attached_at)
        .limit(1)
    )
    return _held(session, select(Ticket).where(Ticket.id == held_it.scalar_subquery()))


def _held(session: Session, query: Select[tuple[Ticket]]) -> Ticket | None:
    # SQLite needs no row lock: a writing transaction there excludes every other one.
    locking = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(locking).one_or_none()
