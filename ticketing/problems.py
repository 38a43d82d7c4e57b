"""Problems: the cause behind incidents that come back; drafted by the machine, worked on by people."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ticketing import changes, lookup, numbers, outbox, timeline
from ticketing.entry import Entry, EntryKind
from ticketing.outbox import Operation
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import TicketKind, TicketState, machine
from watchdesk.ids import new_id

LEARNING = machine("recurrence")


def draft(session: Session, incident: Ticket, because: str, now: datetime) -> Ticket:
    """The open problem about the incident's condition, drafted when there is none, with the incident linked once.

    The caller holds the incident's row, and through the condition nobody else drafts for it.
    """
    problem = lookup.live_problem(session, incident.fingerprint or "") or _open(session, incident, because, now)
    if incident.problem_id != problem.id:
        entry = Entry(
            kind=EntryKind.PROBLEM_LINKED,
            text=f"Linked to problem {problem.number}: {because}",
            actor=LEARNING,
            facts={"problem": problem.number},
        )
        changes.change(session, incident, entry, now, problem_id=problem.id)
    return problem


def _open(session: Session, incident: Ticket, because: str, now: datetime) -> Ticket:
    columns: dict[str, Any] = {
        "number": numbers.next_number(session, TicketKind.PROBLEM),
        "kind": TicketKind.PROBLEM.value,
        "state": TicketState.NEW.value,
        "fingerprint": incident.fingerprint,
        "monitor": incident.monitor,
        "service": incident.service,
        "item": incident.item,
        "title": f"Recurring: {incident.title}",
        "summary": because,
        "severity": incident.severity,
        "impact": incident.impact,
        "urgency": incident.urgency,
        "priority": incident.priority,
        "derivation": f"as of {incident.number}: {incident.derivation}",
        "assignment_group": incident.assignment_group,
        "opened_at": now,
        "occurrences": 1,
        "reopen_count": 0,
        "is_major": False,
        "measured": {},
        "definition": incident.definition,
        "definition_version": incident.definition_version,
        "resolve_after": incident.resolve_after,
        "resolve_grace": incident.resolve_grace,
        "reopen_within": incident.reopen_within,
        "every": incident.every,
    }
    problem = Ticket(id=new_id(now), timeline_length=0, timeline_hash="", version=1, **columns)
    entry = Entry(
        kind=EntryKind.OPENED,
        text=f"Drafted from {incident.number}: {because}. Find out why it comes back",
        actor=LEARNING,
        facts={"incident": incident.number},
    )
    session.add(problem)
    timeline.append(session, problem, entry, columns, now)
    session.flush()
    outbox.enqueue(session, problem.id, Operation.OPEN, now)
    return problem
