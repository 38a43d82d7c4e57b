"""Guards: rules in series, each of which alone can keep a runbook from starting or from making its next effect.

They are asked in the transaction that takes the lease, and again right before each effect. A refusal is a value with
its numbers, so that "why did it not run?" has an answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from runbooks.model import Runbook, Trigger
from runbooks.plan import Plan
from watchdesk.calendars import Calendars
from watchdesk.catalogue import Catalogue, Item
from watchdesk.signals import RecoveryEvidence

Number = str | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A guard's no: which guard, why in words, and what was compared with what."""

    guard: str
    reason: str
    numbers: dict[str, Number] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the guards judge: one runbook for one trigger, now.

    `plan` is None when its parameters do not resolve; `flaw` then says why. `remediation` is None before the lease;
    later it is the running one, which must not count against itself. `evidence` is the origin monitor re-read for an
    effect. `has_acted` says that an effect may have been made already.
    """

    trigger: Trigger
    runbook: Runbook
    catalogue: Catalogue
    calendars: Calendars
    now: datetime
    plan: Plan | None
    flaw: str = ""
    remediation: str | None = None
    evidence: RecoveryEvidence | None = None
    has_acted: bool = False
    is_ticket_open: bool = True

    @property
    def item(self) -> Item | None:
        return self.catalogue.items.get(self.trigger.item) if self.trigger.item else None


@dataclass(frozen=True, slots=True)
class Guard:
    """One rule. `check` returns None when it has nothing against it. It reads, and changes nothing."""

    name: str
    check: Callable[[Session, Request], Denial | None]


def judge(session: Session, request: Request, guards: Sequence[Guard]) -> Denial | None:
    """The first refusal, in the order of the guards; None when all agree."""
    return next((denial for guard in guards if (denial := guard.check(session, request)) is not None), None)


def judge_each(session: Session, request: Request, guards: Sequence[Guard]) -> tuple[tuple[str, Denial | None], ...]:
    """Every guard with its answer, for a plan."""
    return tuple((guard.name, guard.check(session, request)) for guard in guards)
