"""The clocks of tickets as stored: measured from the timeline, and never more than a cache of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from ticketing import timeline
from ticketing.desk import Desk
from ticketing.forecast import foreseen_after
from ticketing.lookup import by_id
from ticketing.service_level import Agreement, Clock, ClockEvent, ClockState, Promise, Turn, measure, reaches
from ticketing.tables.service_level import ServiceLevelClock
from ticketing.tables.ticket import Ticket
from ticketing.tables.timeline import TimelineEntry
from ticketing.vocabulary import OPEN, TERMINAL, TicketKind, TicketState
from watchdesk.calendars import ALWAYS, Calendar, from_text
from watchdesk.catalogue import Service

WARN_SHARE = 0.75
EARLIER_INCIDENTS = 20
RECENT = timedelta(days=2)
BATCH = 500
_OPEN_CLOCKS = (ClockState.RUNNING.value, ClockState.PAUSED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A clock as people see it; `tz` is the time zone of the hours it counts."""

    promise: Promise
    within: timedelta
    state: ClockState
    started_at: datetime
    elapsed: timedelta
    due_at: datetime | None
    breached_at: datetime | None
    completed_at: datetime | None
    calendar: str
    tz: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What was promised on one ticket, and by which calendar it is counted."""

    agreement: Agreement
    calendar: Calendar


def refresh(session: Session, ticket_id: str, desk: Desk, now: datetime) -> tuple[Clock, ...]:
    """Measure the clocks of a ticket again and store them; a ticket's first refresh fixes what it was promised.

    Nothing for a ticket whose service promises nothing.
    """
    ticket = by_id(session, ticket_id)
    stored = _stored(session, ticket_id)
    rows = timeline.entries(session, ticket_id)
    earlier = _earlier(session, ticket) if ticket.state in OPEN else {}
    clocks = []
    for terms in _terms(ticket, stored, desk):
        promise = terms.agreement.promise
        clock = measure(turns(rows, promise), terms.agreement, terms.calendar, now)
        if clock is not None:
            row = stored.get(promise) or ServiceLevelClock(ticket_id=ticket.id, kind=promise.value)
            _write(row, terms, clock, earlier.get(promise.value, []))
            row.timeline_length = ticket.timeline_length
            session.add(row)
            clocks.append(clock)
    session.flush()
    return tuple(clocks)


def changed(session: Session, desk: Desk, now: datetime) -> list[str]:
    """The ids of tickets whose timeline has grown since their clocks were measured, at most a few hundred."""
    promising = sorted(service.id for service in desk.catalogue.services.values() if _agreements(service))
    return list(session.scalars(_changed(promising, now)))


def refresh_changed(session: Session, desk: Desk, now: datetime) -> int:
    """Refresh every ticket whose timeline has grown since its clocks were measured; returns how many there were."""
    tickets = changed(session, desk, now)
    for ticket_id in tickets:
        refresh(session, ticket_id, desk, now)
    return len(tickets)


def of_ticket(session: Session, ticket_id: str) -> tuple[ClockView, ...]:
    """The stored clocks of a ticket, the response first."""
    stored = _stored(session, ticket_id)
    return tuple(view(stored[promise]) for promise in Promise if promise in stored)


def disagreements(session: Session, ticket_id: str) -> tuple[str, ...]:
    """The clocks that measuring the same timeline as of the same instant does not reproduce; none when all is well."""
    rows = timeline.entries(session, ticket_id)
    return tuple(row.kind for row in _stored(session, ticket_id).values() if not _reproduces(row, rows))


def turns(rows: Iterable[TimelineEntry], promise: Promise) -> list[ClockEvent]:
    """What the rows of a timeline, oldest first, mean for the clock of a promise. States on hold pause it."""
    found: list[ClockEvent] = []
    is_answered = False
    for row in rows:
        turn = _turn(row, has_started=bool(found))
        if promise is Promise.RESPOND and not is_answered and row.changes.get("acknowledged_at"):
            turn, is_answered = Turn.COMPLETED, True
            found.append(ClockEvent(at=row.at, turn=turn))
        elif turn is not None and not is_answered:
            found.append(ClockEvent(at=row.at, turn=turn))
    return found


def view(row: ServiceLevelClock) -> ClockView:
    calendar = from_text(row.calendar)
    return ClockView(
        promise=Promise(row.kind),
        within=row.promised,
        state=ClockState(row.state),
        started_at=row.started_at,
        elapsed=row.elapsed,
        due_at=row.due_at,
        breached_at=row.breached_at,
        completed_at=row.completed_at,
        calendar=calendar.id,
        tz=calendar.tz,
    )


def _turn(row: TimelineEntry, *, has_started: bool) -> Turn | None:
    if not has_started:
        return Turn.STARTED
    before, after = row.from_state, row.to_state
    if before == after or before is None or after is None:
        return None
    was_over, is_over = before in TERMINAL, after in TERMINAL
    if is_over and not was_over:
        return Turn.CANCELLED if after == TicketState.CANCELLED else Turn.COMPLETED
    if was_over and not is_over:
        return Turn.RESTARTED
    if after == TicketState.ON_HOLD:
        return Turn.PAUSED
    return Turn.RESUMED if before == TicketState.ON_HOLD else None


def _stored(session: Session, ticket_id: str) -> dict[Promise, ServiceLevelClock]:
    query = select(ServiceLevelClock).where(ServiceLevelClock.ticket_id == ticket_id)
    return {Promise(row.kind): row for row in session.scalars(query)}


def _terms(ticket: Ticket, stored: Mapping[Promise, ServiceLevelClock], desk: Desk) -> Iterator[_Terms]:
    """The terms fixed at the first refresh; before it, those that the service promises now."""
    for promise, row in stored.items():
        agreement = Agreement(promise=promise, within=row.promised)
        yield _Terms(agreement=agreement, calendar=from_text(row.calendar))
    service = desk.catalogue.services.get(ticket.service or "")
    if stored or service is None or ticket.kind != TicketKind.INCIDENT:
        return
    calendar = desk.calendars.calendars.get(service.hours, ALWAYS)
    for agreement in _agreements(service):
        yield _Terms(agreement=agreement, calendar=calendar)


def _agreements(service: Service) -> tuple[Agreement, ...]:
    promised = {Promise.RESPOND: service.sla.respond, Promise.RESOLVE: service.sla.resolve}
    return tuple(Agreement(promise=kind, within=within) for kind, within in promised.items() if within is not None)


def _changed(services: Sequence[str], now: datetime) -> Select[tuple[str]]:
    measured = select(ServiceLevelClock.ticket_id).where(
        ServiceLevelClock.ticket_id == Ticket.id, ServiceLevelClock.timeline_length == Ticket.timeline_length
    )
    unfinished = select(ServiceLevelClock.ticket_id).where(ServiceLevelClock.state.in_(_OPEN_CLOCKS))
    return (
        select(Ticket.id)
        .where(
            Ticket.kind == TicketKind.INCIDENT,
            or_(Ticket.service.in_(services), Ticket.id.in_(unfinished)),
            or_(Ticket.state.in_(sorted(OPEN)), Ticket.id.in_(unfinished), Ticket.opened_at >= now - RECENT),
            ~measured.exists(),
        )
        .order_by(Ticket.id)
        .limit(BATCH)
    )


def _write(row: ServiceLevelClock, terms: _Terms, clock: Clock, earlier: Sequence[timedelta]) -> None:
    row.promised, row.calendar = clock.within, terms.calendar.to_text()
    row.state, row.started_at, row.elapsed = clock.state.value, clock.started_at, clock.elapsed
    row.due_at, row.breached_at, row.completed_at = clock.due_at, clock.breached_at, clock.completed_at
    row.measured_at = clock.measured_at
    row.warn_at = reaches(clock, terms.calendar, clock.within * WARN_SHARE)
    foreseen = foreseen_after(earlier, clock.within)
    row.foreseen_at = None
    if foreseen is not None:
        row.foreseen_at = reaches(clock, terms.calendar, max(foreseen, clock.elapsed_before))


def _earlier(session: Session, ticket: Ticket) -> dict[str, list[timedelta]]:
    """How long the last incidents of the same condition took, in business time, by promise."""
    query = (
        select(ServiceLevelClock.kind, ServiceLevelClock.elapsed)
        .join(Ticket, Ticket.id == ServiceLevelClock.ticket_id)
        .where(
            Ticket.fingerprint == ticket.fingerprint,
            Ticket.id != ticket.id,
            ServiceLevelClock.state.in_((ClockState.KEPT.value, ClockState.BROKEN.value)),
        )
        .order_by(Ticket.opened_at.desc())
        .limit(EARLIER_INCIDENTS * len(Promise))
    )
    found: dict[str, list[timedelta]] = {}
    for kind, elapsed in session.execute(query):
        found.setdefault(kind, []).append(elapsed)
    return found


def _reproduces(row: ServiceLevelClock, rows: Sequence[TimelineEntry]) -> bool:
    agreement = Agreement(promise=Promise(row.kind), within=row.promised)
    known = [entry for entry in rows if entry.seq <= row.timeline_length]
    clock = measure(turns(known, agreement.promise), agreement, from_text(row.calendar), row.measured_at)
    return clock is not None and (
        (clock.state.value, clock.started_at, clock.elapsed, clock.due_at, clock.breached_at, clock.completed_at)
        == (row.state, row.started_at, row.elapsed, row.due_at, row.breached_at, row.completed_at)
    )
