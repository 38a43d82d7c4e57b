"""Tickets as documents: in lists, and singly with everything that is known of them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from console.documents.plain import plain
from runbooks.queries import refusals_of, remediations_of
from runbooks.refusals import Refusal
from ticketing import outbox, queries, timeline
from ticketing.selection import Page, Selection
from ticketing.views import EntryView, EvidenceView, TicketDetail, TicketView
from watchdesk.signals import Remediation

FIRST = (
    "number", "kind", "state", "priority", "title", "service", "monitor", "fingerprint", "opened_at",
    "acknowledged_at", "resolved_at", "resolution_code", "assignee", "occurrences",
)  # fmt: skip


def ticket_list(session: Session, wanted: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The tickets that fit, newest first. `wanted` holds the options of `tickets list`."""
    since: timedelta | None = wanted.get("since")
    selection = Selection(
        states=tuple(wanted.get("states") or ()),
        kinds=_maybe(wanted.get("kind")),
        services=_maybe(wanted.get("service")),
        monitors=_maybe(wanted.get("monitor")),
        is_open=True if wanted.get("only_open") else None,
        opened_since=None if since is None else now - since,
    )
    found = queries.list_tickets(session, selection, Page(limit=wanted.get("limit")))
    return [ticket_row(ticket) for ticket in found]


def ticket_row(ticket: TicketView) -> dict[str, Any]:
    """The published fields first, the others after them."""
    facts = asdict(ticket)
    ordered = {name: facts.pop(name) for name in FIRST}
    found: dict[str, Any] = plain(ordered | facts)
    return found


def ticket_detail(session: Session, number: str, now: datetime) -> dict[str, Any]:
    """One ticket with timeline, evidence, remediations, refusals and deliveries. Raises TicketNotFound."""
    detail = queries.show(session, number, now)
    ticket_id = detail.ticket.id
    document = ticket_row(detail.ticket) | _facts(detail)
    document |= {
        "timeline": [_entry(entry) for entry in detail.timeline],
        "evidence": [_evidence(bundle) for bundle in detail.evidence],
        "remediations": [remediation_row(attempt) for attempt in remediations_of(session, ticket_id)],
        "refusals": [refusal_row(refusal) for refusal in refusals_of(session, ticket_id)],
        "deliveries": [asdict(delivery) for delivery in outbox.deliveries_of(session, ticket_id)],
    }
    found: dict[str, Any] = plain(document)
    return found


def ticket_timeline(session: Session, number: str) -> tuple[list[dict[str, Any]], int | None]:
    """The entries, oldest first, and the first one at which the hash chain breaks; None when it is whole."""
    detail = queries.show(session, number)
    rows = [plain(asdict(entry)) for entry in detail.timeline]
    return rows, timeline.verify(session, detail.ticket.id)


def remediation_row(attempt: Remediation) -> dict[str, Any]:
    """One attempt with its steps."""
    found: dict[str, Any] = plain(attempt)
    return found


def refusal_row(refusal: Refusal) -> dict[str, Any]:
    """What was not run, and why."""
    found: dict[str, Any] = plain(refusal)
    return found


def _maybe(word: str | None) -> tuple[str, ...]:
    return () if word is None else (word,)


def _facts(detail: TicketDetail) -> dict[str, Any]:
    left_out = {"ticket", "timeline", "evidence"}
    return {name: getattr(detail, name) for name in TicketDetail.__slots__ if name not in left_out}


def _entry(entry: EntryView) -> dict[str, Any]:
    facts = asdict(entry)
    ordered = {name: facts.pop(name) for name in ("at", "actor_kind", "actor", "kind", "text")}
    return ordered | facts


def _evidence(bundle: EvidenceView) -> dict[str, Any]:
    return asdict(bundle)
