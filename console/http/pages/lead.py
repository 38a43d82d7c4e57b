"""The first sentence of the overview."""

from loop.status import Status
from watchdesk.health import Health


def lead(status: Status) -> tuple[str, str]:
    """The worst thing to know now, as (health, sentence)."""
    if status.shift is None:
        return "critical", "Nobody watches. Start it with 'watchdesk up'."
    total = sum(status.monitors.values())
    if not total:
        return "unknown", "Nothing is watched yet."
    bad = {h: n for h, n in status.monitors.items() if n and h is not Health.OK}
    if not bad:
        return "ok", f"All {total} monitors are healthy."
    worst = next(h for h in (Health.CRITICAL, Health.UNKNOWN, Health.WARNING) if h in bad)
    counted = ", ".join(f"{count} {health}" for health, count in bad.items())
    return worst.value, f"{counted} of {total} monitors."
