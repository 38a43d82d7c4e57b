"""What a ticket says to the person who receives it: impact first, then what was seen, done and promised.

The order and the content follow the items of an ideal machine-made ticket (reference/ticketing.md section 2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ticketing import paragraphs
from ticketing.paragraphs import Matter, Paragraph, Surroundings
from ticketing.plain_text import one_line, shortened
from ticketing.views import TicketDetail, TicketView
from watchdesk.catalogue import Catalogue, Service
from watchdesk.fingerprints import is_about_blindness, is_own
from watchdesk.health import Health

TITLE_LENGTH = 80
TIERS = {1: "critical", 2: "important", 3: "normal", 4: "minor"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The ticket for people, and the same facts for machines. `title` never carries the state."""

    number: str
    title: str
    impact: str
    paragraphs: tuple[Paragraph, ...]
    recipients: tuple[str, ...]
    service: str
    priority: str
    state: str
    url: str | None
    machine: Mapping[str, Any] = field(default_factory=dict)


def describe(detail: TicketDetail, catalogue: Catalogue, around: Surroundings | None = None) -> Description:
    """All that a person should read about a ticket, in the order in which it helps them."""
    service = catalogue.services.get(detail.ticket.service or "")
    matter = Matter(detail=detail, service=service, around=around or Surroundings())
    ticket = detail.ticket
    found = (
        paragraphs.measured(matter),
        paragraphs.seen(matter),
        paragraphs.done(matter),
        paragraphs.ends(matter),
        paragraphs.promised(matter),
        paragraphs.graded(matter),
        paragraphs.routed(matter),
        paragraphs.topology(matter, catalogue),
        paragraphs.history(matter),
        paragraphs.links(matter),
    )
    return Description(
        number=ticket.number,
        title=title_of(ticket, service),
        impact=impact_of(ticket, service),
        paragraphs=tuple(paragraph for paragraph in found if paragraph is not None),
        recipients=service.mail_to if service else (),
        service=one_line(ticket.service or ""),
        priority=ticket.priority,
        state=ticket.state,
        url=matter.url,
        machine=_machine(matter),
    )


def title_of(ticket: TicketView, service: Service | None) -> str:
    """`[service] symptom on item`, at most 80 characters: the title where no list shows the service beside it."""
    name = one_line(service.title if service else ticket.service or "unknown service", 40)
    item = one_line(ticket.item or "", 30)
    symptom = one_line(ticket.title)
    where = f" on {item}" if item and item not in symptom else ""
    room = TITLE_LENGTH - len(name) - len(where) - 3
    return f"[{name}] {shortened(symptom, max(room, 10))}{where}"[:TITLE_LENGTH]


def impact_of(ticket: TicketView, service: Service | None) -> str:
    """One sentence or two in the users' words, with how much the service matters."""
    name = one_line(service.title if service else ticket.service or "a service")
    tier = f" ({name} is of tier {service.tier}, {TIERS[service.tier]})" if service else ""
    harm = one_line(service.impact).rstrip(".") if service and service.impact else f"{name} does not work for its users"
    if is_own(ticket.fingerprint):
        return "While the watch itself is not well, faults of any service may be noticed late. None is down by this."
    if ticket.severity == Health.UNKNOWN or is_about_blindness(ticket.fingerprint or ""):
        return f"Nobody can see at present whether {name} works{tier}. If it does not: {harm}."
    if ticket.severity == Health.WARNING:
        return f"{name} still works but nears a limit{tier}. Beyond it: {harm}."
    return f"{harm}{tier}."


def _machine(matter: Matter) -> dict[str, Any]:
    detail, ticket = matter.detail, matter.detail.ticket
    return {
        "number": ticket.number,
        "kind": ticket.kind,
        "state": ticket.state,
        "priority": ticket.priority,
        "impact": detail.impact,
        "urgency": detail.urgency,
        "title": title_of(ticket, matter.service),
        "service": ticket.service,
        "item": ticket.item,
        "monitor": ticket.monitor,
        "fingerprint": ticket.fingerprint,
        "severity": ticket.severity,
        "assignment_group": ticket.assignment_group,
        "assignee": ticket.assignee,
        "occurrences": ticket.occurrences,
        "opened_at": ticket.opened_at.isoformat(),
        "acknowledged_at": _iso(ticket.acknowledged_at),
        "resolved_at": _iso(ticket.resolved_at),
        "resolution_code": ticket.resolution_code,
        "policy_version": detail.definition_version,
        "version": ticket.version,
        "url": matter.url,
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None
