"""Escalation by time: a promise is spoken of before it is broken and when it is, and nobody's ticket lies unseen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from ticketing import changes
from ticketing.announcements import is_first
from ticketing.desk import Desk
from ticketing.entry import Entry, EntryKind
from ticketing.lookup import held
from ticketing.outbox import Operation
from ticketing.service_level import ClockState, Promise
from ticketing.tables.service_level import Announcement, ServiceLevelClock
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import OPEN, TicketKind, TicketState, machine
from watchdesk import business_time
from watchdesk.calendars import ALWAYS, Calendar, from_text
from watchdesk.definitions.quantities import format_duration

ACTOR = machine("service levels")
# Where a service promises no response, silence is still spoken of, sooner the more it matters.
UNACKNOWLEDGED_AFTER = {"P1": timedelta(minutes=15), "P2": timedelta(hours=1), "P3": timedelta(hours=8)}
NEAR, FORESEEN, BROKEN = ":near", ":foreseen", ":broken"
SILENCE = "silence"
BATCH = 500
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
    """Say everything that has become due by `now`, each once: a timeline row and a message outside for each.

    Clocks whose tickets have changed since they were measured are left for the next time: refresh them first.
    """
    found = [escalate(session, ticket_id, desk, now) for ticket_id in waiting(session, desk, now)]
    return tuple(said for about_one in found for said in about_one)


def waiting(session: Session, desk: Desk, now: datetime) -> list[str]:
    """The ids of tickets about which something is due to be said; nothing is changed."""
    silent = [ticket.id for ticket in session.scalars(_silent_tickets(now)) if _silence(ticket, desk, now) is not None]
    return sorted({*session.scalars(_tickets_with_something_due(now)), *silent})


def escalate(session: Session, ticket_id: str, desk: Desk, now: datetime) -> list[Escalated]:
    """Say what is due about one ticket, each thing once; nothing when it was said or has passed meanwhile."""
    ticket = held(session, ticket_id)
    if ticket.state not in OPEN:
        return []
    found = list(_due_on_clocks(session, ticket, now))
    silence = _silence(ticket, desk, now) if not _is_response_promised(session, ticket) else None
    if silence is not None:
        found.append(silence)
    return [said for announcement in found for said in _say(session, ticket, announcement, now)]


def _tickets_with_something_due(now: datetime) -> Select[tuple[str]]:
    clock = ServiceLevelClock
    return (
        select(clock.ticket_id)
        .join(Ticket, Ticket.id == clock.ticket_id)
        .where(
            clock.state == ClockState.RUNNING.value,
            clock.timeline_length == Ticket.timeline_length,
            Ticket.state.in_(sorted(OPEN)),
            or_(
                and_(clock.warn_at <= now, _is_unsaid(NEAR)),
                and_(clock.foreseen_at <= now, _is_unsaid(FORESEEN)),
                and_(clock.due_at < now, _is_unsaid(BROKEN)),
            ),
        )
        .limit(BATCH)
    )


def _is_unsaid(word: str) -> ColumnElement[bool]:
    said = exists().where(
        Announcement.ticket_id == ServiceLevelClock.ticket_id,
        Announcement.subject == ServiceLevelClock.kind + word,
    )
    return ~said


def _due_on_clocks(session: Session, ticket: Ticket, now: datetime) -> Iterator[_Due]:
    query = select(ServiceLevelClock).where(
        ServiceLevelClock.ticket_id == ticket.id,
        ServiceLevelClock.state == ClockState.RUNNING.value,
        ServiceLevelClock.timeline_length == ticket.timeline_length,
    )
    for clock in session.scalars(query.order_by(ServiceLevelClock.kind)):
        announcement = _of_clock(clock, now)
        if announcement is not None:
            yield announcement


def _of_clock(clock: ServiceLevelClock, now: datetime) -> _Due | None:
    """The gravest thing that can be said of a running clock now."""
    broken, foreseen, near = (f"{clock.kind}{word}" for word in (BROKEN, FORESEEN, NEAR))
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
        return _Due(subject=foreseen, milder=(near,), kind=EntryKind.SERVICE_LEVEL, text=text)
    if clock.warn_at is not None and now >= clock.warn_at:
        text = f"{promised} is three quarters used up; it is due {until}."
        return _Due(subject=near, milder=(), kind=EntryKind.SERVICE_LEVEL, text=text)
    return None


def _silent_tickets(now: datetime) -> Select[tuple[Ticket]]:
    """New incidents nobody has acknowledged, old enough for the shortest patience, without a promised response."""
    promised = select(ServiceLevelClock.ticket_id).where(ServiceLevelClock.kind == Promise.RESPOND.value)
    said = select(Announcement.ticket_id).where(Announcement.subject == SILENCE)
    return (
        select(Ticket)
        .where(
            Ticket.kind == TicketKind.INCIDENT,
            Ticket.state == TicketState.NEW,
            Ticket.acknowledged_at.is_(None),
            Ticket.priority.in_(sorted(UNACKNOWLEDGED_AFTER)),
            Ticket.opened_at <= now - min(UNACKNOWLEDGED_AFTER.values()),
            Ticket.id.not_in(promised),
            Ticket.id.not_in(said),
        )
        .limit(BATCH)
    )


def _is_response_promised(session: Session, ticket: Ticket) -> bool:
    return session.get(ServiceLevelClock, (ticket.id, Promise.RESPOND.value)) is not None


def _silence(ticket: Ticket, desk: Desk, now: datetime) -> _Due | None:
    patience = UNACKNOWLEDGED_AFTER.get(ticket.priority)
    if patience is None or ticket.state != TicketState.NEW or ticket.acknowledged_at is not None:
        return None
    waited = business_time.elapsed(_calendar(ticket, desk), ticket.opened_at, now)
    if waited < patience:
        return None
    text = (
        f"Nobody has acknowledged this {ticket.priority} incident for {format_duration(patience)} of the service's "
        f"hours; {ticket.assignment_group or 'the desk'} is told again."
    )
    return _Due(subject=SILENCE, milder=(), kind=EntryKind.ESCALATED, text=text)


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
