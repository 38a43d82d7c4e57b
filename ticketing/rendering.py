"""The ticket a person receives: a description as plain text, as a page for mail, and as an event for machines."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy import select
from sqlalchemy.orm import Session

from ticketing import clocks
from ticketing.connectors.connector import News
from ticketing.delivery import Claim
from ticketing.description import Description
from ticketing.outbox import Operation
from ticketing.paragraphs import Surroundings
from ticketing.plain_text import one_line
from ticketing.tables.ticket import Ticket
from ticketing.view_of import view
from ticketing.views import EntryView, TicketDetail
from watchdesk.signals import Remediation

TEMPLATES = Path(__file__).parent / "templates"
MOST_EARLIER = 5
EVENT_TYPES = {
    Operation.OPEN: "opened",
    Operation.UPDATE: "updated",
    Operation.ACKNOWLEDGE: "acknowledged",
    Operation.RESOLVE: "resolved",
    Operation.REOPEN: "reopened",
    Operation.ESCALATE: "escalated",
    Operation.REMIND: "reminded",
}


def surroundings(session: Session, detail: TicketDetail, tz: str = "UTC", url: str | None = None) -> Surroundings:
    """What the desk itself knows around a ticket; what runbooks did is added by `with_remediations`."""
    earlier = (
        select(Ticket)
        .where(
            Ticket.fingerprint == detail.ticket.fingerprint,
            Ticket.kind == detail.ticket.kind,
            Ticket.opened_at < detail.ticket.opened_at,
        )
        .order_by(Ticket.opened_at.desc())
        .limit(MOST_EARLIER)
    )
    return Surroundings(
        clocks=clocks.of_ticket(session, detail.ticket.id),
        earlier=tuple(view(ticket, None) for ticket in session.scalars(earlier)),
        tz=tz,
        url=url,
    )


def with_remediations(around: Surroundings, remediations: tuple[Remediation, ...]) -> Surroundings:
    """The same with what runbooks did, oldest first."""
    return replace(around, remediations=remediations)


def as_text(ticket: Description, happened: str = "") -> str:
    """The description as plain text; `happened` is what has just happened, in a sentence."""
    return _templates().get_template("ticket.txt").render(ticket=ticket, happened=happened)


def as_html(ticket: Description, happened: str = "") -> str:
    """The description as a page for mail: nothing in it is loaded from elsewhere, every text is escaped."""
    return _templates().get_template("ticket.html").render(ticket=ticket, happened=happened)


def news(ticket: Description, claimed: Claim, timeline: tuple[EntryView, ...]) -> News:
    """What a connector is told: the news itself, then the whole ticket."""
    entry = next((entry for entry in timeline if entry.seq == claimed.timeline_seq), None)
    happened = one_line(entry.text, 1000) if entry is not None else ""
    return News(
        key=claimed.key,
        thread=claimed.ticket_id,
        number=ticket.number,
        op=claimed.op,
        at=claimed.at,
        service=ticket.service,
        priority=ticket.priority,
        state=ticket.state,
        subject=ticket.title,
        text=as_text(ticket, happened),
        html=as_html(ticket, happened),
        event=_event(ticket, claimed, entry),
        recipients=ticket.recipients,
    )


def _event(ticket: Description, claimed: Claim, entry: EntryView | None) -> Mapping[str, Any]:
    """A CloudEvent (version 1.0, JSON format); its `id` is the same on every attempt."""
    actor = {"kind": entry.actor_kind, "name": entry.actor} if entry is not None else None
    said = {"kind": entry.kind, "seq": entry.seq, "text": entry.text} if entry is not None else None
    return {
        "specversion": "1.0",
        "id": claimed.key,
        "source": "watchdesk",
        "type": f"watchdesk.ticket.{EVENT_TYPES[claimed.op]}",
        "subject": ticket.number,
        "time": claimed.at.isoformat(),
        "datacontenttype": "application/json",
        "data": {**ticket.machine, "ticket_id": claimed.ticket_id, "actor": actor, "entry": said},
    }


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
