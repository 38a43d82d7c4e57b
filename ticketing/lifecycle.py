"""The lifecycle: which moves between states are allowed, to whom, and what a refused one is told.

The same table stands in docs/explanation/incident-lifecycle.md; a test compares the two.
"""

from collections.abc import Mapping
from datetime import datetime

from ticketing import guard
from ticketing.errors import MoveRefused
from ticketing.tables.ticket import Ticket
from ticketing.vocabulary import OPEN, Actor, ActorKind, TicketState

_MACHINE = frozenset({ActorKind.MACHINE})
_PERSON = frozenset({ActorKind.PERSON})
_EITHER = _MACHINE | _PERSON
_NEW, _ACKNOWLEDGED, _IN_PROGRESS = TicketState.NEW, TicketState.ACKNOWLEDGED, TicketState.IN_PROGRESS
_REMEDIATING, _RECOVERING, _ON_HOLD = TicketState.REMEDIATING, TicketState.RECOVERING, TicketState.ON_HOLD
_RESOLVED, _CLOSED, _CANCELLED = TicketState.RESOLVED, TicketState.CLOSED, TicketState.CANCELLED

MOVES: Mapping[TicketState, Mapping[TicketState, frozenset[ActorKind]]] = {
    _NEW: {
        _ACKNOWLEDGED: _PERSON, _IN_PROGRESS: _PERSON, _REMEDIATING: _MACHINE, _RECOVERING: _MACHINE,
        _ON_HOLD: _PERSON, _RESOLVED: _EITHER, _CANCELLED: _PERSON,
    },
    _ACKNOWLEDGED: {
        _NEW: _PERSON, _IN_PROGRESS: _PERSON, _ON_HOLD: _PERSON, _RESOLVED: _PERSON, _CANCELLED: _PERSON,
    },
    _IN_PROGRESS: {_NEW: _PERSON, _ON_HOLD: _PERSON, _RESOLVED: _PERSON},
    _REMEDIATING: {
        _NEW: _EITHER, _ACKNOWLEDGED: _PERSON, _IN_PROGRESS: _PERSON, _ON_HOLD: _PERSON, _RESOLVED: _PERSON,
    },
    _RECOVERING: {
        _NEW: _EITHER, _ACKNOWLEDGED: _PERSON, _IN_PROGRESS: _PERSON, _ON_HOLD: _PERSON, _RESOLVED: _EITHER,
    },
    _ON_HOLD: {_NEW: _EITHER, _ACKNOWLEDGED: _EITHER, _IN_PROGRESS: _EITHER, _RESOLVED: _PERSON},
    _RESOLVED: {_NEW: _EITHER, _CLOSED: _EITHER},
    _CLOSED: {},
    _CANCELLED: {},
}  # fmt: skip
_GUARDED = frozenset({_REMEDIATING, _RECOVERING, _RESOLVED, _CANCELLED})


def check(ticket: Ticket, target: TicketState, actor: Actor, now: datetime) -> None:
    """Nothing when the move is allowed. Raises MoveRefused with the reason otherwise.

    A machine may take no ticket from a person who is at work on it, whatever its state.
    """
    source = TicketState(ticket.state)
    allowed = MOVES[source].get(target)
    if allowed is None:
        raise MoveRefused(_no_such_move(ticket, source, target))
    holder = guard.holder(ticket, now)
    if actor.kind is ActorKind.MACHINE and holder is not None and target in _GUARDED:
        message = f"{ticket.number} stays {source}: {holder}, so the machine leaves it alone"
        raise MoveRefused(message)
    if actor.kind not in allowed:
        message = f"{ticket.number} may go from {source} to {target} only by a {' or '.join(sorted(allowed))}"
        raise MoveRefused(message)


def _no_such_move(ticket: Ticket, source: TicketState, target: TicketState) -> str:
    number = ticket.number
    if source is target:
        return f"{number} is {source} already"
    if source in {_CLOSED, _CANCELLED}:
        return f"{number} is {source} for good; a recurrence opens a new ticket that links to it"
    if source is _RESOLVED:
        by = f" by {ticket.resolved_by}" if ticket.resolved_by else ""
        return f"{number} was resolved{by} ({ticket.resolution_code}); reopen it before it can be {target}"
    if target is _CLOSED:
        return f"{number} is {source}; resolve it with a code before it is closed"
    if target is _CANCELLED:
        return f"{number} is {source}; only new and acknowledged tickets are cancelled, resolve it with a code instead"
    others = ", ".join(sorted(MOVES[source]))
    return f"{number} cannot go from {source} to {target}; from {source} it may become {others}"


def is_open(state: str) -> bool:
    return TicketState(state) in OPEN
