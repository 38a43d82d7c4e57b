"""The words of the desk: states, kinds, codes and actors, each written one way everywhere."""

from dataclasses import dataclass
from enum import StrEnum


class TicketKind(StrEnum):
    """What sort of ticket it is."""

    INCIDENT = "incident"
    PROBLEM = "problem"
    CHANGE = "change"
    REQUEST = "request"


class TicketState(StrEnum):
    """Where a ticket stands. The moves between states are in `lifecycle`."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    REMEDIATING = "remediating"
    RECOVERING = "recovering"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({TicketState.RESOLVED, TicketState.CLOSED, TicketState.CANCELLED})
OPEN = frozenset(TicketState) - TERMINAL


class ResolutionCode(StrEnum):
    """Why a ticket was resolved."""

    FIXED_BY_RUNBOOK = "fixed_by_runbook"
    RECOVERED_NO_ACTION = "recovered_no_action"
    FIXED_BY_PERSON = "fixed_by_person"
    TARGET_RETIRED = "target_retired"
    DUPLICATE = "duplicate"
    NOT_AN_INCIDENT = "not_an_incident"

    @property
    def spoken(self) -> str:
        """As people say it: fixed by runbook."""
        return self.value.replace("_", " ")


class HoldReason(StrEnum):
    """What a ticket on hold waits for (ServiceNow's on-hold reasons, and a scheduled date)."""

    REQUESTER = "requester"
    CHANGE = "change"
    PROBLEM = "problem"
    VENDOR = "vendor"
    SCHEDULED = "scheduled"


class ActorKind(StrEnum):
    """Who did something: a person, or this program."""

    MACHINE = "machine"
    PERSON = "person"


class SignalRole(StrEnum):
    """What a signal is to its ticket: what opened it, or what follows from it."""

    PRIMARY = "primary"
    MEMBER = "member"


class SignalEnd(StrEnum):
    """How a signal left its ticket; one split off got a ticket of its own, one merged is another's."""

    RECOVERED = "recovered"
    RETIRED = "retired"
    SPLIT = "split"
    MERGED = "merged"


class EvidencePhase(StrEnum):
    """What a bundle of samples is evidence for."""

    OPENING = "opening"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it, by kind and name."""

    kind: ActorKind
    name: str


def machine(name: str) -> Actor:
    """A part of this program, named by what it does: 'watch', 'recovery', 'reconciler' …"""
    return Actor(kind=ActorKind.MACHINE, name=name)


def person(name: str) -> Actor:
    return Actor(kind=ActorKind.PERSON, name=name)
