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
    query = select(Ticket.id).where(
        Ticket.state.in_(sorted(OPEN)), Ticket.recovered_at.is_not(None), Ticket.recovered_at <= now - FIRST_AFTER
    )
    reminded = []
    for ticket_id in session.scalars(query.order_by(Ticket.id)).all():
        ticket = held(session, ticket_id)
        if _is_waiting_for_a_person(ticket, now) and _is_its_turn(session, ticket, desk, now):
            _remind_of(session, ticket, now)
            reminded.append(ticket.number)
    return tuple(reminded)


def _is_waiting_for_a_person(ticket: Ticket, now: datetime) -> bool:
    if ticket.state not in OPEN or ticket.recovered_at is None:
        return False
    waits_for_a_date = ticket.state == TicketState.ON_HOLD and ticket.hold_until is not None
    return guard.is_person_at_work(ticket, now) and not waits_for_a_date


def _is_its_turn(session: Session, ticket: Ticket, desk: Desk, now: datetime) -> bool:
    assert ticket.recovered_at is not None  # noqa: S101  asked for by the caller
    count, last = last_of(session, ticket.id, _subject(ticket.recovered_at))
    if count >= MOST:
        return False
    since, patience = (ticket.recovered_at, FIRST_AFTER) if last is None else (last, AGAIN_AFTER)
    return business_time.elapsed(_calendar(ticket, desk), since, now) >= patience


def _remind_of(session: Session, ticket: Ticket, now: datetime) -> None:
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
