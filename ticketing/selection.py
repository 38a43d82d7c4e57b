"""Selecting tickets: what a list may be narrowed to, its order and its page."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, or_

from ticketing.signal_document import storable
from ticketing.tables.service_level import ServiceLevelClock
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import OPEN, ActorKind


class Order(StrEnum):
    """Newest first; by priority and then newest first; or by the nearest promised time, those without one last."""

    NEWEST = "newest"
    URGENT = "urgent"
    DUE = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list. Without `limit` all of it."""

    limit: int | None = None
    offset: int = 0
    order: Order = Order.NEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Every condition given must hold; an empty tuple, None or False asks for nothing.

    Of several states, kinds … any will do. `text` is looked for in number, title, summary, service, monitor and
    assignee, whatever its capitals. Periods are half-open: [since, until).
    """

    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    monitors: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    fingerprint: str | None = None
    assignee: str | None = None
    assignment_group: str | None = None
    resolved_by_kind: ActorKind | None = None
    is_open: bool | None = None
    is_unassigned: bool = False
    is_awaiting_approval: bool = False
    due_before: datetime | None = None
    opened_since: datetime | None = None
    opened_until: datetime | None = None
    text: str = ""


def conditions(wanted: Selection) -> list[ColumnElement[bool]]:
    """The selection as SQL, all of which must hold."""
    return [*_any_of(wanted), *_equal(wanted), *_flags(wanted), *_times(wanted), *_text(wanted.text)]


def _any_of(wanted: Selection) -> list[ColumnElement[bool]]:
    lists = {
        Ticket.state: wanted.states,
        Ticket.kind: wanted.kinds,
        Ticket.service: wanted.services,
        Ticket.monitor: wanted.monitors,
        Ticket.priority: wanted.priorities,
    }
    return [column.in_(words) for column, words in lists.items() if words]


def _equal(wanted: Selection) -> list[ColumnElement[bool]]:
    values = {
        Ticket.fingerprint: wanted.fingerprint,
        Ticket.assignee: wanted.assignee,
        Ticket.assignment_group: wanted.assignment_group,
        Ticket.resolved_by_kind: wanted.resolved_by_kind,
    }
    return [column == value for column, value in values.items() if value is not None]


def _flags(wanted: Selection) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.is_open is not None:
        is_open = Ticket.state.in_(sorted(OPEN))
        found.append(is_open if wanted.is_open else ~is_open)
    if wanted.is_unassigned:
        found.append(Ticket.assignee.is_(None))
    if wanted.is_awaiting_approval:
        found.append(Ticket.awaiting_approval_since.is_not(None))
    return found


def _times(wanted: Selection) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.opened_since is not None:
        found.append(Ticket.opened_at >= wanted.opened_since)
    if wanted.opened_until is not None:
        found.append(Ticket.opened_at < wanted.opened_until)
    if wanted.due_before is not None:
        clock = ServiceLevelClock
        runs = (clock.ticket_id == Ticket.id, clock.completed_at.is_(None), clock.due_at < wanted.due_before)
        found.append(exists().where(*runs))
    return found


def _text(text: str) -> list[ColumnElement[bool]]:
    words = storable(text).split()  # PostgreSQL knows no NUL, not even in a question
    columns = (Ticket.number, Ticket.title, Ticket.summary, Ticket.service, Ticket.monitor, Ticket.assignee)
    return [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words]
