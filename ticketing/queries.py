"""Reading tickets: lists with filters, one ticket with everything, the open incidents, counts. Nothing is changed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from ticketing import lookup
from ticketing.detail import detail_of
from ticketing.guard import is_person_at_work
from ticketing.selection import Order, Page, Selection, conditions
from ticketing.tables.inbox import InboxEvent
from ticketing.tables.service_level import ServiceLevelClock
from ticketing.tables.ticket import LIVE_INCIDENT, Ticket, TicketSignal
from ticketing.view_of import view
from ticketing.views import ChipCounts, DecisionView, OpenIncident, TicketDetail, TicketView
from ticketing.vocabulary import OPEN, ActorKind, SignalRole
from ticketing.watched import watch
from watchdesk.clock import EPOCH
from watchdesk.fingerprints import of_blindness, of_condition

OPEN_INCIDENT = (LIVE_INCIDENT, Ticket.monitor.is_not(None))
FEW = 500  # changed tickets that are asked for by name; beyond it all are read at once
EVERYTHING = Selection()
FIRST_PAGE = Page()


def list_tickets(
    session: Session, selection: Selection = EVERYTHING, page: Page = FIRST_PAGE
) -> tuple[TicketView, ...]:
    """The tickets that match, in the order of the page."""
    query = select(Ticket, _due()).where(*conditions(selection)).limit(page.limit).offset(page.offset)
    return tuple(view(ticket, due_at) for ticket, due_at in session.execute(query.order_by(*_order(page.order))))


def count_tickets(session: Session, selection: Selection = EVERYTHING) -> int:
    """How many tickets match."""
    return session.scalars(select(func.count()).select_from(Ticket).where(*conditions(selection))).one()


def count_open(session: Session) -> int:
    """How many tickets of any kind are open."""
    return count_tickets(session, Selection(is_open=True))


def chip_counts(session: Session, who: str, today_ends: datetime) -> ChipCounts:
    """The counts of the list's chips for a person; `today_ends` is midnight in their time zone."""
    return ChipCounts(
        unassigned=count_tickets(session, Selection(is_open=True, is_unassigned=True)),
        mine=count_tickets(session, Selection(is_open=True, assignee=who)),
        open=count_open(session),
        due_today=count_tickets(session, Selection(is_open=True, due_before=today_ends)),
        waiting_for_approval=count_tickets(session, Selection(is_open=True, is_awaiting_approval=True)),
        resolved_by_machine=count_tickets(session, Selection(resolved_by_kind=ActorKind.MACHINE)),
        all=count_tickets(session),
    )


def find(session: Session, number: str) -> TicketView:
    """One ticket as lists have it, by its number. Raises TicketNotFound."""
    ticket = lookup.by_number(session, number)
    return view(ticket, _due_of(session, ticket))


def show(session: Session, number: str, now: datetime | None = None) -> TicketDetail:
    """One ticket with everything, by its number. Raises TicketNotFound."""
    return _detail(session, lookup.by_number(session, number), now)


def show_by_id(session: Session, ticket_id: str, now: datetime | None = None) -> TicketDetail:
    """One ticket with everything, by its id. Raises TicketNotFound."""
    return _detail(session, lookup.by_id(session, ticket_id), now)


def open_incidents(
    session: Session, now: datetime | None = None, monitor: str | None = None
) -> tuple[OpenIncident, ...]:
    """The open incidents about monitors, or about one, oldest first. Without `now`, unsent text counts until its flag
    is cleared.
    """
    query, members = select(Ticket).where(*OPEN_INCIDENT), _failing_members(session)
    if monitor is not None:
        query = query.where(Ticket.monitor == monitor)
    found = [_open_incident(ticket, members.get(ticket.id, ()), now or EPOCH) for ticket in session.scalars(query)]
    return _oldest_first(found)


def open_incidents_again(session: Session, known: Sequence[OpenIncident]) -> tuple[OpenIncident, ...]:
    """The same as `open_incidents(session)`, but of what was `known` only tickets that changed since are read."""
    versions = dict(session.execute(select(Ticket.id, Ticket.version).where(*OPEN_INCIDENT)).tuples().all())
    members = _failing_members(session)
    same = [
        one
        for one in known
        if versions.get(one.id) == one.version and one.watched.failing_members == members.get(one.id, ())
    ]
    changed = versions.keys() - {one.id for one in same}
    if not changed:
        return tuple(same)
    if len(changed) > FEW:
        return open_incidents(session)
    query = select(Ticket).where(*OPEN_INCIDENT, Ticket.id.in_(changed))
    read = [_open_incident(ticket, members.get(ticket.id, ()), EPOCH) for ticket in session.scalars(query)]
    return _oldest_first([*same, *read])


def open_among(session: Session, ticket_ids: Collection[str]) -> frozenset[str]:
    """Those of the ids whose ticket is open."""
    is_open = Ticket.state.in_(sorted(OPEN))
    return frozenset(session.scalars(select(Ticket.id).where(Ticket.id.in_(ticket_ids), is_open)))


def is_person_at_work_on(session: Session, ticket_id: str, now: datetime) -> bool:
    """Whether the human guard holds a ticket now; asked again just before anything is done to it."""
    return is_person_at_work(lookup.by_id(session, ticket_id), now)


def decisions(session: Session, monitor: str, limit: int = 50) -> tuple[DecisionView, ...]:
    """What the desk was told about a monitor and what it decided, newest first: why a ticket, and why none."""
    query = (
        select(InboxEvent, Ticket.number)
        .outerjoin(Ticket, Ticket.id == InboxEvent.ticket_id)
        .where(InboxEvent.fingerprint.in_([of_condition(monitor), of_blindness(monitor)]))
        .order_by(InboxEvent.id.desc())
        .limit(limit)
    )
    return tuple(
        DecisionView(
            event_id=event.event_id,
            source=event.source,
            kind=event.kind,
            fingerprint=event.fingerprint,
            observed_at=event.observed_at,
            received_at=event.received_at,
            outcome=event.outcome,
            reason=event.reason,
            ticket=number,
        )
        for event, number in session.execute(query)
    )


def _detail(session: Session, ticket: Ticket, now: datetime | None) -> TicketDetail:
    return detail_of(session, ticket, _due_of(session, ticket), now or EPOCH)


def _due_of(session: Session, ticket: Ticket) -> datetime | None:
    return session.scalars(select(_due()).where(Ticket.id == ticket.id)).one()


def _order(wanted: Order) -> tuple[ColumnElement[Any], ...]:
    newest = (Ticket.opened_at.desc(), Ticket.number.desc())
    first: dict[Order, tuple[ColumnElement[Any], ...]] = {
        Order.NEWEST: (),
        Order.URGENT: (Ticket.priority.asc(),),
        Order.DUE: (_due().is_(None), _due().asc()),
    }
    return (*first[wanted], *newest)


def _due() -> ScalarSelect[datetime | None]:
    """The nearest promised time of a ticket that still runs."""
    clock = ServiceLevelClock
    nearest = select(func.min(clock.due_at)).where(clock.ticket_id == Ticket.id, clock.completed_at.is_(None))
    return nearest.correlate(Ticket).scalar_subquery()


def _failing_members(session: Session) -> dict[str, tuple[str, ...]]:
    query = (
        select(TicketSignal.ticket_id, TicketSignal.monitor)
        .join(Ticket, Ticket.id == TicketSignal.ticket_id)
        .where(LIVE_INCIDENT, TicketSignal.role == SignalRole.MEMBER, TicketSignal.ended_at.is_(None))
    )
    found: dict[str, tuple[str, ...]] = {}
    for ticket_id, monitor in session.execute(query.order_by(TicketSignal.attached_at)):
        found[ticket_id] = (*found.get(ticket_id, ()), monitor)
    return found


def _oldest_first(found: Sequence[OpenIncident]) -> tuple[OpenIncident, ...]:
    """Sorted here: asked for an order, SQLite walks through all tickets ever opened instead of the live ones."""
    return tuple(sorted(found, key=lambda one: (one.opened_at, one.id)))


def _open_incident(ticket: Ticket, failing_members: tuple[str, ...], now: datetime) -> OpenIncident:
    return OpenIncident(
        id=ticket.id,
        version=ticket.version,
        number=ticket.number,
        state=ticket.state,
        monitor=ticket.monitor or "",
        fingerprint=ticket.fingerprint or "",
        service=ticket.service or "",
        item=ticket.item,
        severity=ticket.severity or "",
        runbook=ticket.runbook,
        since=ticket.failing_since or ticket.opened_at,
        opened_at=ticket.opened_at,
        is_person_at_work=is_person_at_work(ticket, now),
        is_escalated=ticket.escalated_at is not None,
        watched=watch(ticket, failing_members, now),
    )
