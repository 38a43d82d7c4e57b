"""Priority: the matrix, and the reason in words."""

import pytest

from ticketing.priority import derive
from watchdesk.health import Health

CRITICAL, WARNING, UNKNOWN = Health.CRITICAL, Health.WARNING, Health.UNKNOWN


@pytest.mark.parametrize(
    ("tier", "health", "expected"),
    [
        # ServiceNow's matrix, (impact, urgency): 11→1 12→2 13→3 21→2 22→3 23→4 31→3 32→4 33→5
        (1, CRITICAL, (1, 1, "P1")),
        (1, UNKNOWN, (1, 2, "P2")),
        (1, WARNING, (1, 3, "P3")),
        (2, CRITICAL, (2, 1, "P2")),
        (2, UNKNOWN, (2, 2, "P3")),
        (2, WARNING, (2, 3, "P4")),
        (3, CRITICAL, (3, 1, "P3")),
        (3, UNKNOWN, (3, 2, "P4")),
        (3, WARNING, (3, 3, "P5")),
        (4, CRITICAL, (3, 1, "P3")),
    ],
)
def test_priority_follows_from_impact_and_urgency(tier: int, health: Health, expected: tuple[int, int, str]) -> None:
    found = derive(tier, health)
    assert (found.impact, found.urgency, found.priority) == expected


def test_the_derivation_says_why() -> None:
    assert derive(2, WARNING).derivation == (
        "P4 = impact 2 (medium: the service is of tier 2) × urgency 3 (low: warning means it works but nears its limit)"
    )


def test_a_tier_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="tier 5"):
        derive(5, CRITICAL)
