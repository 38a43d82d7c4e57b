"""What a probe saw, before anybody judges it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class Observation:
    """One probe's result. Not frozen for speed (a sweep makes thousands); nobody changes it after it was made.

    `at` is when the probe began and `ended` when it was done, seconds since the epoch (time.time's scale, from the
    injected clock). `latency_s` is None where a latency has no meaning. `values` is what conditions can speak of:
    nested mappings, lists and plain values; a missing key is a missing value. Exactly one of three cases holds:
    `error` is set (the target failed: critical before any condition), `blind` is set (the probe itself could not
    look: unknown), or neither. `text` is a short line for people; `suggested` is the verdict of a kind that brings
    its own (a Nagios plugin's exit code), used when nothing is expected. `since` is when the failure that was seen
    began, where the kind knows it exactly (a missed heartbeat is dated at its deadline); None means with this look.
    """

    monitor: str
    at: float
    ended: float
    latency_s: float | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    blind: str | None = None
    text: str = ""
    suggested: str | None = None
    since: float | None = None
