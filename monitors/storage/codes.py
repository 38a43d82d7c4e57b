"""Healths as the small numbers that packed rows and spans hold."""

from watchdesk.health import Health

HEALTHS = (Health.OK, Health.WARNING, Health.CRITICAL, Health.UNKNOWN)
CODES = {health.value: code for code, health in enumerate(HEALTHS)}
OK, WARNING, CRITICAL, UNKNOWN, UNMEASURED = range(5)


def code_of(health: Health | None) -> int:
    """The code of a health; None is unmeasured: nobody looked."""
    return UNMEASURED if health is None else CODES[health]


def health_of(code: int) -> Health | None:
    return None if code == UNMEASURED else HEALTHS[code]
