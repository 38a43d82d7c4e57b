"""Priority from impact and urgency: who suffers how much, and how soon, with the reason in words.

The matrix is ServiceNow's default (def-prio-lookup-rules): priority is computed, never chosen.
"""

from dataclasses import dataclass

from watchdesk.health import Health

MATRIX = {
    (1, 1): 1, (1, 2): 2, (1, 3): 3,
    (2, 1): 2, (2, 2): 3, (2, 3): 4,
    (3, 1): 3, (3, 2): 4, (3, 3): 5,
}  # fmt: skip
IMPACT = {1: 1, 2: 2, 3: 3, 4: 3}
IMPACT_WORDS = {1: "high", 2: "medium", 3: "low"}
URGENCY = {Health.CRITICAL: 1, Health.UNKNOWN: 2, Health.WARNING: 3, Health.OK: 3}
URGENCY_REASONS = {
    Health.CRITICAL: "it fails now",
    Health.UNKNOWN: "nobody can see whether it works",
    Health.WARNING: "it works but nears its limit",
    Health.OK: "it works",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """`impact` and `urgency` run from 1 (high) to 3 (low); `priority` from P1 to P5; `derivation` says why."""

    impact: int
    urgency: int
    priority: str
    derivation: str


def derive(tier: int, health: Health) -> Priority:
    """The priority of an incident of a service of this tier (1 to 4) whose worst verdict is `health`."""
    if tier not in IMPACT:
        message = f"tier {tier} is not one of 1 (critical) to 4 (minor)"
        raise ValueError(message)
    impact, urgency = IMPACT[tier], URGENCY[health]
    priority = f"P{MATRIX[impact, urgency]}"
    derivation = (
        f"{priority} = impact {impact} ({IMPACT_WORDS[impact]}: the service is of tier {tier}) × "
        f"urgency {urgency} ({IMPACT_WORDS[urgency]}: {health} means {URGENCY_REASONS[health]})"
    )
    return Priority(impact=impact, urgency=urgency, priority=priority, derivation=derivation)
