"""Health in four values: unknown is a value of its own and never reads as ok or as critical."""

from collections.abc import Iterable
from enum import StrEnum


class Health(StrEnum):
    """A verdict about one monitor."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class StateType(StrEnum):
    """Soft: being confirmed by retries. Hard: confirmed."""

    SOFT = "soft"
    HARD = "hard"


BADNESS = {Health.OK: 0, Health.WARNING: 1, Health.UNKNOWN: 2, Health.CRITICAL: 3}


def worst(verdicts: Iterable[Health]) -> Health:
    """The verdict that counts: critical, then unknown, then warning. Nothing at all is unknown."""
    return max(verdicts, key=BADNESS.__getitem__, default=Health.UNKNOWN)
