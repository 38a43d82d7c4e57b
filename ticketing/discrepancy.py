"""Discrepancies between tickets and what the monitors show."""

from dataclasses import dataclass
from enum import StrEnum


class Discrepancy(StrEnum):
    """What should never be found."""

    OPEN_WITHOUT_REASON = "open_without_reason"
    OPEN_WITHOUT_EVIDENCE = "open_without_evidence"
    FAILING_WITHOUT_TICKET = "failing_without_ticket"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One discrepancy. `ticket` is a number, None when there is none; repaired means that it is or will be gone."""

    discrepancy: Discrepancy
    monitor: str
    ticket: str | None
    reason: str
    is_repaired: bool
