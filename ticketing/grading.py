"""Grading a ticket: priority from the service's tier and the worst verdict, one level more urgent once escalated."""

from dataclasses import replace
from typing import Any

from ticketing.desk import Desk
from ticketing.priority import MATRIX, Priority, derive
from watchdesk.catalogue import Service
from watchdesk.health import Health

LEAST_TIER = 4


def grade(desk: Desk, service: str, health: Health) -> Priority:
    """The priority of an incident of this service; a service that is not in the catalogue counts as minor."""
    known = desk.catalogue.services.get(service)
    if known is not None:
        return derive(known.tier, health)
    priority = derive(LEAST_TIER, health)
    return replace(priority, derivation=f"{priority.derivation}; service '{service}' is not in the catalogue")


def raised(priority: Priority) -> Priority:
    """The same, one level more urgent."""
    urgency = max(priority.urgency - 1, 1)
    if urgency == priority.urgency:
        return replace(priority, derivation=f"{priority.derivation}; escalated, urgency is the highest already")
    number = f"P{MATRIX[priority.impact, urgency]}"
    derivation = f"{number}: escalated from urgency {priority.urgency} to {urgency}; before: {priority.derivation}"
    return Priority(impact=priority.impact, urgency=urgency, priority=number, derivation=derivation)


def columns(priority: Priority) -> dict[str, Any]:
    """The columns of a ticket that hold a priority."""
    return {
        "impact": priority.impact,
        "urgency": priority.urgency,
        "priority": priority.priority,
        "derivation": priority.derivation,
    }


def owner_of(desk: Desk, service: str) -> str | None:
    """The group that looks after a service; None when the catalogue does not know it."""
    known: Service | None = desk.catalogue.services.get(service)
    return None if known is None else known.owner
