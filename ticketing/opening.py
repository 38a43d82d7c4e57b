"""Opening an incident, or counting one more occurrence: one upsert, so one condition can have but one open ticket."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ticketing import changes, evidence, grading, lookup, numbers, outbox, timeline
from ticketing.entry import Entry, EntryKind, Visibility
from ticketing.evidence import Proof
from ticketing.outbox import Operation
from ticketing.signal_document import storable
from ticketing.tables.ticket import LIVE_INCIDENT, Ticket, TicketSignal
from ticketing.told import Told
from ticketing.vocabulary import EvidencePhase, SignalRole, TicketKind, TicketState, machine
from watchdesk.health import Health
from watchdesk.ids import new_id
from watchdesk.signals import HealthSignal
from watchdesk.upsert import insert_for

WATCH = machine("watch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The open ticket of a condition, whether it was made now, and what happened in words."""

    ticket: Ticket
    is_new: bool
    reason: str


def open_incident(session: Session, told: Told, before: Ticket | None = None) -> Opened:
    """Open the incident of a condition, or count one more where it is open. `before` is the one it recurs from."""
    columns = _columns(told, before)
    insert = insert_for(session, Ticket.__table__).values(**columns)  # type: ignore[arg-type]
    one = insert.on_conflict_do_update(
        index_elements=["fingerprint"],
        index_where=LIVE_INCIDENT,
        set_={"occurrences": Ticket.occurrences + 1, "version": Ticket.version + 1},
    )
    ticket = lookup.held(session, session.execute(one.returning(Ticket.id)).scalar_one())
    if ticket.id != columns["id"]:
        return Opened(ticket=ticket, is_new=False, reason=_count(session, ticket, told, ticket.occurrences))
    ticket.number = columns["number"] = numbers.next_number(session, TicketKind.INCIDENT)
    session.add(_primary(ticket, told))
    reason = _say_opened(session, ticket, told, columns, before)
    return Opened(ticket=ticket, is_new=True, reason=reason)


def count(session: Session, ticket: Ticket, told: Told) -> str:
    """One more occurrence on an open incident whose row is held; its grade follows a changed severity."""
    return _count(session, ticket, told, ticket.occurrences + 1)


def keep_evidence(session: Session, ticket: Ticket, told: Told) -> dict[str, Any]:
    """Store the failing samples of a signal; returns the facts that name them on the timeline."""
    signal = told.signal
    proof = Proof(
        phase=EvidencePhase.OPENING,
        monitor=signal.monitor,
        summary=signal.summary,
        samples=signal.samples,
        facts={
            "event_id": signal.event_id,
            "health": signal.health.value,
            "since": signal.since.isoformat(),
            "observed_at": signal.observed_at.isoformat(),
            "measured": measured(signal),
            "definition": signal.definition,
            "definition_version": signal.definition_version,
        },
    )
    return {"evidence": evidence.keep(session, ticket, proof, told.now), "event_id": signal.event_id}


def measured(signal: HealthSignal) -> dict[str, str]:
    return {storable(name): storable(str(value)) for name, value in signal.measured.items()}


def failing_columns(told: Told) -> dict[str, Any]:
    """The columns that a fresh failure sets on any ticket, new or old."""
    signal = told.signal
    return {
        "summary": storable(signal.summary),
        "measured": measured(signal),
        "last_failure_at": signal.observed_at,
        "recovered_at": None,
        "recovery_posted_at": None,
        "blind_since": None,
    }


def _columns(told: Told, before: Ticket | None) -> dict[str, Any]:
    signal = told.signal
    identifier = new_id(told.now)
    return {
        "id": identifier,
        "number": identifier,  # until the insert is known to be one: a number must not be spent on a doubled telling
        "kind": TicketKind.INCIDENT.value,
        "state": TicketState.NEW.value,
        "fingerprint": signal.fingerprint,
        "monitor": signal.monitor,
        "service": signal.service,
        "item": signal.item,
        "title": storable(signal.title),
        "severity": signal.health.value,
        "runbook": signal.runbook,
        "definition": signal.definition,
        "definition_version": signal.definition_version,
        "assignment_group": grading.owner_of(told.desk, signal.service),
        "opened_at": told.now,
        "failing_since": signal.since,
        "recurrence_of": None if before is None else before.id,
        "occurrences": 1,
        "reopen_count": 0,
        "is_major": False,
        **failing_columns(told),
        **grading.columns(grading.grade(told.desk, signal.service, signal.health)),
        **policy(signal),
    }


def policy(signal: HealthSignal) -> dict[str, Any]:
    """The policy of recovery, pinned on the ticket: a later definition does not change it."""
    return {
        "resolve_after": signal.resolve.after,
        "resolve_grace": signal.resolve.grace,
        "reopen_within": signal.resolve.reopen_within,
        "every": signal.every,
    }


def _primary(ticket: Ticket, told: Told) -> TicketSignal:
    signal = told.signal
    return TicketSignal(
        ticket_id=ticket.id,
        fingerprint=signal.fingerprint,
        role=SignalRole.PRIMARY.value,
        monitor=signal.monitor,
        service=signal.service,
        title=storable(signal.title),
        summary=storable(signal.summary),
        health=signal.health.value,
        since=signal.since,
        observed_at=signal.observed_at,
        attached_at=told.now,
        every=signal.every,
    )


def _say_opened(session: Session, ticket: Ticket, told: Told, columns: dict[str, Any], before: Ticket | None) -> str:
    signal = told.signal
    text = f"{signal.monitor} is {signal.health} since {_clock(signal.since)}: {storable(signal.summary)}"
    text += f". Graded {ticket.derivation}"
    if before is not None:
        text += f". It happened before: {before.number}"
    entry = Entry(
        kind=EntryKind.OPENED,
        text=text,
        actor=WATCH,
        facts=keep_evidence(session, ticket, told) | ({"recurrence_of": before.number} if before else {}),
        visibility=Visibility.PUBLIC,
    )
    timeline.append(session, ticket, entry, {k: v for k, v in columns.items() if k != "id"}, told.now)
    session.flush()
    outbox.enqueue(session, ticket.id, Operation.OPEN, told.now)
    return text


def _count(session: Session, ticket: Ticket, told: Told, occurrences: int) -> str:
    signal = told.signal
    columns = failing_columns(told) | {"occurrences": occurrences}
    has_changed = signal.health != ticket.severity
    if has_changed:
        columns |= severity_columns(ticket, told)
    if ticket.state == TicketState.RECOVERING:
        columns["state"] = TicketState.NEW.value
    text = f"{signal.monitor} is {signal.health} again, occurrence {occurrences}: {storable(signal.summary)}"
    if has_changed:
        text = f"{signal.monitor} went from {ticket.severity} to {signal.health}: {storable(signal.summary)}"
        text += f". Graded {columns['derivation']}"
    entry = Entry(
        kind=EntryKind.SEVERITY_CHANGED if has_changed else EntryKind.OCCURRED,
        text=text,
        actor=WATCH,
        facts={"event_id": signal.event_id, "observed_at": signal.observed_at.isoformat()},
        tell=Operation.UPDATE if has_changed else None,
    )
    changes.change(session, ticket, entry, told.now, **columns)
    return text


def severity_columns(ticket: Ticket, told: Told) -> dict[str, Any]:
    """The columns that follow from the signal's health: severity and grade, raised where it was escalated."""
    health = Health(told.signal.health)
    priority = grading.grade(told.desk, ticket.service or "", health)
    if ticket.escalated_at is not None:
        priority = grading.raised(priority)
    return {"severity": health.value, **grading.columns(priority)}


def _clock(instant: datetime) -> str:
    return f"{instant:%H:%M:%S} UTC"
