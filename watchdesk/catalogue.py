"""The catalogue: services, what they depend on, and the configuration items they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a definition stands: file relative to the definitions directory, line and column from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevelObjective:
    """A target for availability (ratio, 0-1) over a rolling period."""

    availability: float
    period: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevelAgreement:
    """Promised times, in the service's business hours, from opening to acknowledgement and to resolution."""

    respond: timedelta | None
    resolve: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something the business uses. `tier` runs from 1 (critical) to 4 (minor); `hours` names a calendar.

    `impact` says in the users' words what they cannot do when it fails; `mail_to` who receives its tickets, besides
    or instead of the address in the settings.
    """

    id: str
    title: str
    owner: str
    tier: int
    depends_on: tuple[str, ...]
    hours: str
    slo: ServiceLevelObjective | None
    sla: ServiceLevelAgreement
    impact: str | None = None
    mail_to: tuple[str, ...] = ()
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A configuration item: one host, database or the like that serves a service."""

    id: str
    service: str
    kind: str
    address: str | None
    group: str | None
    domain: str | None
    place: Place

    @property
    def is_local(self) -> bool:
        """Whether steps for it run on this machine."""
        return self.address is None or self.address in {"localhost", "127.0.0.1", "::1", "local"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All services and items of one set of definitions."""

    services: Mapping[str, Service] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
