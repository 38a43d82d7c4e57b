"""Fingerprints: the names of conditions, by which tickets know what they are about."""

MONITOR, BLIND = "monitor/", "blind/"
OWN = "watch/"  # what Watchdesk watches about itself; no definition can bear such a name


def of_condition(monitor: str) -> str:
    """What a monitor looks at. Those of the watch itself are called as they are."""
    return monitor if is_own(monitor) else f"{MONITOR}{monitor}"


def of_blindness(monitor: str) -> str:
    """That a monitor cannot see."""
    return f"{BLIND}{monitor}"


def is_about_blindness(fingerprint: str) -> bool:
    return fingerprint.startswith(BLIND)


def is_own(name: str | None) -> bool:
    """Whether a fingerprint, or the name of a monitor, belongs to the watch over the watch."""
    return name is not None and name.startswith(OWN)
