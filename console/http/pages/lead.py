"""The first sentence of the overview."""

from loop.status import Status
from watchdesk.health import Health

ORDER = (Health.CRITICAL, Health.UNKNOWN, Health.WARNING)


def lead(status: Status) -> tuple[str, str]:
    """The worst thing to know now, as (health, sentence)."""
    if status.shift is None:
        return "critical", "Nobody watches. Start it with 'watchdesk up'."
    total = sum(status.monitors.values())
    if not total:
        return "unknown", "Nothing is watched yet."
    bad = {h: n for h, n in status.monitors.items() if n and h is not Health.OK}
    if not bad:
        return "ok", f"All {total} monitors are healthy." if total > 1 else "The one monitor is healthy."
    worst = next(h for h in ORDER if h in bad)
    counted = [f"{bad[h]} {'is' if bad[h] == 1 else 'are'} {h}" for h in ORDER if h in bad]
    return worst.value, f"Of {total} {'monitor' if total == 1 else 'monitors'} {_joined(counted)}."


def _joined(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]
