"""Escalation by time: a promise is spoken of before it is broken and when it is, and nobody's ticket lies unseen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ticketing import changes
from ticketing.announcements import is_first, is_said
from ticketing.clocks import refresh
from ticketing.desk import Desk
from ticketing.entry import Entry, EntryKind
from ticketing.lookup import held
from ticketing.outbox import Operation
from ticketing.service_level import ClockState, Promise
from ticketing.tables.service_level import ServiceLevelClock
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import OPEN, TicketKind, TicketState, machine
from watchdesk import business_time
from watchdesk.calendars import ALWAYS, Calendar, from_text
from watchdesk.definitions.quantities import format_duration

ACTOR = machine("service levels")
# Where a service promises no response, silence is still spoken of, sooner the more it matters.
UNACKNOWLEDGED_AFTER = {"P1": timedelta(minutes=15), "P2": timedelta(hours=1), "P3": timedelta(hours=8)}
WORDS = {Promise.RESPOND: "response", Promise.RESOLVE: "resolution"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """One thing that was said: about which ticket, and what."""

    ticket_id: str
    number: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """An announcement whose time has come. The milder ones it makes superfluous are marked as said with it."""

    subject: str
    milder: tuple[str, ...]
    kind: EntryKind
    text: str


def due(session: Session, desk: Desk, now: datetime) -> tuple[Escalated, ...]:
    """Say everything that has become due by `now`, each once: a timeline row and a message outside for each."""
    said: list[Escalated] = []
    for ticket_id in _tickets_with_something_due(session, now):
        refresh(session, ticket_id, desk, now)
        ticket = held(session, ticket_id)
        for announcement in _due_on_clocks(session, ticket, now):
            said += _say(session, ticket, announcement, now)
    for ticket_id in _silent_tickets(session, now):
        ticket = held(session, ticket_id)
        announcement_or_none = _silence(ticket, desk, now)
        if announcement_or_none is not None:
            said += _say(session, ticket, announcement_or_none, now)
    return tuple(said)


def _tickets_with_something_due(session: Session, now: datetime) -> list[str]:
    clock = ServiceLevelClock
    query = (
        select(clock.ticket_id)
        .join(Ticket, Ticket.id == clock.ticket_id)
        .where(
            clock.state == ClockState.RUNNING.value,
            Ticket.state.in_(sorted(OPEN)),
            or_(clock.warn_at <= now, clock.foreseen_at <= now, clock.due_at < now),
        )
        .distinct()
        .order_by(clock.ticket_id)
    )
    rows = session.scalars(query).all()
    return [ticket_id for ticket_id in rows if _has_unsaid(session, ticket_id, now)]


def _has_unsaid(session: Session, ticket_id: str, now: datetime) -> bool:
    query = select(ServiceLevelClock).where(
        ServiceLevelClock.ticket_id == ticket_id, ServiceLevelClock.state == ClockState.RUNNING.value
    )
    return any(
        not is_said(session, ticket_id, announcement.subject)
        for clock in session.scalars(query)
        if (announcement := _of_clock(clock, now)) is not None
    )


def _due_on_clocks(session: Session, ticket: Ticket, now: datetime) -> Iterator[_Due]:
    query = select(ServiceLevelClock).where(
        ServiceLevelClock.ticket_id == ticket.id, ServiceLevelClock.state == ClockState.RUNNING.value
    )
    for clock in session.scalars(query.order_by(ServiceLevelClock.kind)):
        announcement = _of_clock(clock, now)
        if announcement is not None:
            yield announcement


def _of_clock(clock: ServiceLevelClock, now: datetime) -> _Due | None:
    """The gravest thing that can be said of a running clock now."""
    broken, foreseen, near = (f"{clock.kind}:{word}" for word in ("broken", "foreseen", "near"))
    promised = f"The promised {WORDS[Promise(clock.kind)]} within {format_duration(clock.promised)}"
    until = _local(clock.due_at, from_text(clock.calendar).tz) if clock.due_at else "?"
    if clock.due_at is not None and now > clock.due_at:
        text = f"{promised} was due {until} and is broken."
        return _Due(subject=broken, milder=(near, foreseen), kind=EntryKind.ESCALATED, text=text)
    if clock.foreseen_at is not None and now >= clock.foreseen_at:
        text = (
            f"{promised} is due {until} and will probably be broken: of the earlier incidents of this condition that "
            "had lasted as long, half took longer than promised."
        )
        return _Due(subject=foreseen, milder=(), kind=EntryKind.SERVICE_LEVEL, text=text)
    if clock.warn_at is not None and now >= clock.warn_at:
        text = f"{promised} is three quarters used up; it is due {until}."
        return _Due(subject=near, milder=(), kind=EntryKind.SERVICE_LEVEL, text=text)
    return None


def _silent_tickets(session: Session, now: datetime) -> list[str]:
    """New incidents nobody has acknowledged, old enough for the shortest patience, without a promised response."""
    promised = select(ServiceLevelClock.ticket_id).where(ServiceLevelClock.kind == Promise.RESPOND.value)
    query = select(Ticket.id).where(
        Ticket.kind == TicketKind.INCIDENT,
        Ticket.state == TicketState.NEW,
        Ticket.acknowledged_at.is_(None),
        Ticket.priority.in_(sorted(UNACKNOWLEDGED_AFTER)),
        Ticket.opened_at <= now - min(UNACKNOWLEDGED_AFTER.values()),
        Ticket.id.not_in(promised),
    )
    return [ticket for ticket in session.scalars(query.order_by(Ticket.id)) if not is_said(session, ticket, "silence")]


def _silence(ticket: Ticket, desk: Desk, now: datetime) -> _Due | None:
    patience = UNACKNOWLEDGED_AFTER[ticket.priority]
    waited = business_time.elapsed(_calendar(ticket, desk), ticket.opened_at, now)
    if waited < patience:
        return None
    text = (
        f"Nobody has acknowledged this {ticket.priority} incident for {format_duration(patience)} of the service's "
        f"hours; {ticket.assignment_group or 'the desk'} is told again."
    )
    return _Due(subject="silence", milder=(), kind=EntryKind.ESCALATED, text=text)


def _say(session: Session, ticket: Ticket, announcement: _Due, now: datetime) -> list[Escalated]:
    if not is_first(session, ticket.id, announcement.subject, now):
        return []
    for subject in announcement.milder:
        is_first(session, ticket.id, subject, now)
    entry = Entry(
        kind=announcement.kind,
        text=announcement.text,
        actor=ACTOR,
        facts={"announcement": announcement.subject},
        tell=Operation.ESCALATE,
    )
    changes.change(session, ticket, entry, now)
    return [Escalated(ticket_id=ticket.id, number=ticket.number, subject=announcement.subject, text=announcement.text)]


def _calendar(ticket: Ticket, desk: Desk) -> Calendar:
    service = desk.catalogue.services.get(ticket.service or "")
    return desk.calendars.calendars.get(service.hours, ALWAYS) if service else ALWAYS


def _local(instant: datetime, tz: str) -> str:
    return f"{instant.astimezone(ZoneInfo(tz)):%Y-%m-%d %H:%M %Z}"
