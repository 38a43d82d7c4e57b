"""Reminders: a ticket that a person holds while its monitor has long recovered is brought up again, with patience."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import changes, guard
from ticketing.announcements import is_first, last_of
from ticketing.desk import Desk
from ticketing.entry import Entry, EntryKind
from ticketing.lookup import held
from ticketing.outbox import Operation
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import OPEN, TicketState, machine
from watchdesk import business_time
from watchdesk.calendars import ALWAYS, Calendar

ACTOR = machine("reminders")
FIRST_AFTER = timedelta(hours=4)
AGAIN_AFTER = timedelta(hours=24)
MOST = 5


def remind(session: Session, desk: Desk, now: datetime) -> tuple[str, ...]:
    """Remind of every held ticket whose turn it is; the numbers of those reminded of.

    The first reminder comes four hours of the service's business time after the recovery, the next each twenty-four
    such hours later, at most five in all. A new failure begins the count anew.
    """
    found = [remind_of(session, ticket_id, desk, now) for ticket_id in waiting(session, desk, now)]
    return tuple(number for number in found if number is not None)


def waiting(session: Session, desk: Desk, now: datetime) -> list[str]:
    """The ids of the tickets whose turn it is; nothing is changed."""
    query = select(Ticket).where(
        Ticket.state.in_(sorted(OPEN)), Ticket.recovered_at.is_not(None), Ticket.recovered_at <= now - FIRST_AFTER
    )
    return [ticket.id for ticket in session.scalars(query) if _is_its_turn(session, ticket, desk, now)]


def remind_of(session: Session, ticket_id: str, desk: Desk, now: datetime) -> str | None:
    """Remind of one ticket when it is its turn; its number, or None when it is not or no longer."""
    ticket = held(session, ticket_id)
    if not _is_its_turn(session, ticket, desk, now):
        return None
    _say(session, ticket, now)
    return ticket.number


def _is_waiting_for_a_person(ticket: Ticket, now: datetime) -> bool:
    if ticket.state not in OPEN:
        return False
    waits_for_a_date = ticket.state == TicketState.ON_HOLD and ticket.hold_until is not None
    return guard.is_person_at_work(ticket, now) and not waits_for_a_date


def _is_its_turn(session: Session, ticket: Ticket, desk: Desk, now: datetime) -> bool:
    if not _is_waiting_for_a_person(ticket, now) or ticket.recovered_at is None:
        return False
    count, last = last_of(session, ticket.id, _subject(ticket.recovered_at))
    if count >= MOST:
        return False
    since, patience = (ticket.recovered_at, FIRST_AFTER) if last is None else (last, AGAIN_AFTER)
    return business_time.elapsed(_calendar(ticket, desk), since, now) >= patience


def _say(session: Session, ticket: Ticket, now: datetime) -> None:
    assert ticket.recovered_at is not None  # noqa: S101  asked for by the caller
    count, _ = last_of(session, ticket.id, _subject(ticket.recovered_at))
    if not is_first(session, ticket.id, f"{_subject(ticket.recovered_at)}{count + 1}", now):
        return
    text = (
        f"The monitor recovered at {ticket.recovered_at:%Y-%m-%d %H:%M} UTC and {guard.holder(ticket, now)}. "
        f"When the work is done: watchdesk tickets resolve {ticket.number} --code fixed_by_person"
    )
    facts = {"recovered_at": ticket.recovered_at.isoformat(), "reminder": count + 1}
    entry = Entry(kind=EntryKind.REMINDED, text=text, actor=ACTOR, facts=facts, tell=Operation.REMIND)
    changes.change(session, ticket, entry, now)


def _subject(recovered_at: datetime) -> str:
    return f"recovered {recovered_at:%Y%m%dT%H%M%S}:"


def _calendar(ticket: Ticket, desk: Desk) -> Calendar:
    service = desk.catalogue.services.get(ticket.service or "")
    return desk.calendars.calendars.get(service.hours, ALWAYS) if service else ALWAYS
