"""Reconciliation: what is open without a reason, and what fails without a ticket; each count must be 0.

What is safe is repaired at once: a proved recovery resolves, a failure that has no ticket is told to the inbox anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import changes, lookup, members, recovery, unticketed
from ticketing.desk import Desk
from ticketing.discrepancy import Discrepancy, Found
from ticketing.entry import Entry, EntryKind
from ticketing.members import Ending
from ticketing.proof import Finding, Standing, judge
from ticketing.tables.inbox import Condition
from ticketing.tables.ticket import LIVE_INCIDENT, Ticket, TicketSignal
from ticketing.vocabulary import OPEN, SignalEnd, SignalRole, TicketState, machine
from ticketing.watched import plan, watch
from watchdesk.health import Health
from watchdesk.signals import RecoveryEvidence

RECONCILER = machine("reconciler")
SLACK = timedelta(minutes=1)  # what the responding loop may take before a missing reason is a discrepancy


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """`counts` has every discrepancy, zeros too. `reasons` counts the open incidents by why they are open."""

    counts: Mapping[Discrepancy, int]
    reasons: Mapping[Finding, int]
    details: tuple[Found, ...]

    @property
    def is_clean(self) -> bool:
        return not any(self.counts.values())


def monitors_to_look_at(session: Session) -> set[str]:
    """The monitors whose evidence a reconciliation needs: of open tickets, their members, and failing conditions."""
    open_ones = session.scalars(select(Ticket.monitor).where(LIVE_INCIDENT, Ticket.monitor.is_not(None)))
    folded = session.scalars(select(TicketSignal.monitor).where(TicketSignal.ended_at.is_(None)))
    failing = session.scalars(select(Condition.monitor).where(Condition.kind.in_(unticketed.FAILING_KINDS)))
    return {monitor for found in (open_ones, folded, failing) for monitor in found if monitor is not None}


def reconcile(session: Session, evidence: Mapping[str, RecoveryEvidence], desk: Desk, now: datetime) -> Reconciliation:
    """Compare tickets with what the monitors show, repair what is safe, and say what was found.

    `evidence` is about the monitors of `monitors_to_look_at`. One that is missing there is not judged at all.
    """
    end_what_is_over(session, now)
    _let_go_of_ended(session, evidence, now)
    reasons: Counter[Finding] = Counter()
    found = list(_open_incidents(session, Occasion(evidence=evidence, desk=desk, now=now), reasons))
    found += unticketed.failing_without_ticket(session, evidence, desk, now)
    found += unticketed.undecided(session, now)
    counted = Counter(one.discrepancy for one in found)
    counts = {discrepancy: counted[discrepancy] for discrepancy in Discrepancy}
    return Reconciliation(counts=counts, reasons=dict(reasons), details=tuple(found))


def end_what_is_over(session: Session, now: datetime) -> None:
    """End holds whose day has come, and unsent text that its page no longer renews."""
    is_open = Ticket.state.in_(sorted(OPEN))
    for ticket_id in session.scalars(select(Ticket.id).where(is_open, Ticket.drafting_until <= now)).all():
        ticket = lookup.held(session, ticket_id)
        ticket.drafting_until, ticket.drafting_by = None, None
    is_due = (Ticket.state == TicketState.ON_HOLD, Ticket.hold_until <= now)
    for ticket_id in session.scalars(select(Ticket.id).where(*is_due).order_by(Ticket.id)).all():
        ticket = lookup.held(session, ticket_id)
        if ticket.state == TicketState.ON_HOLD and ticket.hold_until is not None:
            _end_hold(session, ticket, ticket.hold_until, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What one reconciliation goes by."""

    evidence: Mapping[str, RecoveryEvidence]
    desk: Desk
    now: datetime


def _end_hold(session: Session, ticket: Ticket, until: datetime, now: datetime) -> None:
    text = f"The hold for {ticket.hold_reason} ended at {until:%Y-%m-%d %H:%M} UTC"
    entry = Entry(kind=EntryKind.HOLD_ENDED, text=text, actor=RECONCILER)
    columns = {"state": ticket.back_to or TicketState.NEW.value, "back_to": None, "hold_reason": None}
    changes.change(session, ticket, entry, now, **columns, hold_until=None)


def _let_go_of_ended(session: Session, evidence: Mapping[str, RecoveryEvidence], now: datetime) -> None:
    """A ticket that ended holds no members: those that still fail are found as failing without a ticket."""
    query = (
        select(TicketSignal.ticket_id)
        .join(Ticket, Ticket.id == TicketSignal.ticket_id)
        .where(TicketSignal.role == SignalRole.MEMBER, TicketSignal.ended_at.is_(None), ~Ticket.state.in_(sorted(OPEN)))
    )
    for ticket_id in session.scalars(query.distinct().order_by(TicketSignal.ticket_id)).all():
        ticket = lookup.held(session, ticket_id)
        for member in members.refresh(session, ticket, evidence.get, now):
            ending = Ending(how=SignalEnd.SPLIT, why=f"{ticket.number} is {ticket.state}", now=now)
            members.end(session, ticket, member, ending)


def _open_incidents(session: Session, occasion: Occasion, reasons: Counter[Finding]) -> Iterable[Found]:
    query = select(Ticket.id).where(LIVE_INCIDENT, Ticket.monitor.is_not(None)).order_by(Ticket.id)
    for ticket_id in session.scalars(query).all():
        ticket = lookup.by_id(session, ticket_id)
        seen = occasion.evidence.get(ticket.monitor or "")
        if seen is None:
            reason = f"nobody can say what {ticket.monitor} shows"
            yield _found(Discrepancy.OPEN_WITHOUT_EVIDENCE, ticket, reason, is_repaired=False)
            continue
        standing = _look_at(session, ticket, seen, occasion)
        reasons[standing.finding] += 1
        if _is_without_reason(ticket, standing, seen, occasion.now):
            is_repaired = standing.finding in {Finding.PROVED, Finding.RETIRED}
            yield _found(Discrepancy.OPEN_WITHOUT_REASON, ticket, standing.reason, is_repaired=is_repaired)


def _look_at(session: Session, ticket: Ticket, seen: RecoveryEvidence, occasion: Occasion) -> Standing:
    """The judgement as the ticket stood; where it asks for a change, the change is made."""
    now = occasion.now
    failing = tuple(member.monitor for member in members.active(session, ticket.id))
    watched = watch(ticket, failing, now)
    standing = judge(watched.case(seen), seen, now)
    if failing or plan(watched, standing, seen):
        desk = Desk(catalogue=occasion.desk.catalogue, calendars=occasion.desk.calendars, look=occasion.evidence.get)
        recovery.review(session, ticket.id, seen, desk, now)
    return standing


def _is_without_reason(ticket: Ticket, standing: Standing, seen: RecoveryEvidence, now: datetime) -> bool:
    """Whether nothing has been holding it open for longer than the responding loop may take."""
    overdue = ticket.resolve_grace + SLACK
    if standing.finding is Finding.RETIRED:
        return True
    if standing.finding is Finding.PROVED:
        return standing.since is None or now - standing.since > overdue
    contradicts = standing.finding is Finding.FAILING and seen.health is Health.OK
    return contradicts and seen.ok_since is not None and now - seen.ok_since > overdue


def _found(discrepancy: Discrepancy, ticket: Ticket, reason: str, *, is_repaired: bool) -> Found:
    return Found(
        discrepancy=discrepancy,
        monitor=ticket.monitor or "",
        ticket=ticket.number,
        reason=reason,
        is_repaired=is_repaired,
    )
