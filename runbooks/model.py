"""A runbook as the loop uses it: frozen values made from a definition."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

from watchdesk.catalogue import Place
from watchdesk.health import Health


class Risk(IntEnum):
    """What a runbook may break."""

    READ_ONLY = 0
    ONE_TARGET = 1  # and reversible
    SERVICE = 2
    IRREVERSIBLE = 3


class TrustLevel(StrEnum):
    """How far a runbook may go without a person."""

    OBSERVE = "observe"  # records that it would have run
    SUGGEST = "suggest"  # puts its plan on the ticket
    APPROVE = "approve"  # stores a plan and waits for a person
    AUTOMATIC = "automatic"


class Effect(StrEnum):
    """What a step does to the world; decides what happens when its worker dies inside it."""

    READONLY = "readonly"
    REPEATABLE = "repeatable"
    ONCE = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The level its owner declared, and why. `expires` is how long a stored plan may be approved."""

    level: TrustLevel = TrustLevel.OBSERVE
    because: str = ""
    expires: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Which monitors' confirmed failures start it. A trigger older than `max_age` starts nothing."""

    monitors: tuple[str, ...]
    health: frozenset[Health]
    max_age: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """After the n-th failed attempt: base × factor^(n−1), plus up to `jitter` of it."""

    base: timedelta
    factor: float = 2.0
    jitter: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """At most `max` attempts per incident (`per` is None) or within `per` on one target."""

    max: int = 3
    per: timedelta | None = timedelta(hours=6)
    backoff: Backoff | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """How many may run at once: `max` targets, or `share` (ratio) of the items; per failure domain `per_domain`."""

    max: int | None = 1
    share: float | None = None
    at_least: int = 1
    per_domain: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most `count` starts within `per`, over all targets."""

    count: int
    per: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """After `failures` incidents in a row that it could not repair it stays off for `open`."""

    failures: int
    open: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds a runbook back. Declared limits replace these defaults (reference/runbooks.md, R11 and R14)."""

    cooldown: timedelta = timedelta(minutes=10)
    attempts: Attempts = field(default_factory=Attempts)
    concurrency: Concurrency = field(default_factory=Concurrency)
    rate: Rate | None = field(default_factory=lambda: Rate(count=30, per=timedelta(minutes=10)))
    breaker: Breaker | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One typed parameter. Its value is the owner's constant `value`, or comes `source` (from the trigger)."""

    name: str
    type: str
    value: str | None = None
    source: str | None = None  # item | address | service | monitor | ticket
    choices: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: `body` is what stands under its kind's key, unresolved. `probe` tells whether a `once` step has
    happened: exit code 0 it has, 1 it has not, anything else cannot tell. `where` is 'item' or 'local'.
    """

    id: str
    kind: str
    body: Mapping[str, Any]
    effect: Effect
    timeout: timedelta
    where: str = "item"
    probe: "Step | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """The origin monitor must be ok, by samples taken after the last effect: first within `within`, then without a
    break for `stable_for`.
    """

    within: timedelta
    stable_for: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """What to do about a failure, safely. `version` is a hash of `content`, the definition as plain values."""

    id: str
    title: str
    owner: str
    risk: Risk
    trust: Trust
    params: Mapping[str, Parameter]
    match: Match
    limits: Limits
    steps: tuple[Step, ...]
    verify: Verify | None
    rollback: tuple[Step, ...]
    escalate: bool
    description: str
    place: Place
    version: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A confirmed failure on an open ticket, seen at `observed_at`, that a runbook may repair."""

    ticket_id: str
    ticket_number: str
    monitor: str
    service: str
    item: str | None
    health: Health
    since: datetime
    observed_at: datetime
    is_person_at_work: bool

    @property
    def target(self) -> str:
        """What is repaired, and what two repairs may not touch at once."""
        return f"item/{self.item}" if self.item else f"service/{self.service}"
