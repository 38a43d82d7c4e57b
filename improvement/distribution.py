"""Times as distributions: quantiles that count what has not ended yet, and an interval instead of a bare number."""

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """One observed duration in seconds. `is_over` false: it lasted at least this long and goes on (right-censored)."""

    seconds: float
    is_over: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A set of durations in seconds, summed up. A quantile is None when too many have not ended to tell."""

    count: int
    unfinished: int
    median_s: float | None
    median_interval_s: tuple[float | None, float | None]
    p90_s: float | None
    shortest_s: float | None
    longest_s: float | None
    values_s: tuple[float, ...]


def summarise(durations: Sequence[Duration]) -> Distribution:
    """Kaplan-Meier quantiles (Kaplan and Meier 1958), the median with a 95 % interval from Greenwood's formula
    on the log-log scale (Kalbfleisch and Prentice 2002, section 1.4).
    """
    curve = _survival(durations)
    over = sorted(d.seconds for d in durations if d.is_over)
    return Distribution(
        count=len(durations),
        unfinished=len(durations) - len(over),
        median_s=_quantile(curve, 0.5),
        median_interval_s=_median_interval(curve),
        p90_s=_quantile(curve, 0.9),
        shortest_s=over[0] if over else None,
        longest_s=max((d.seconds for d in durations), default=None),
        values_s=tuple(over),
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """The curve from `at_s` on: the share still going on, and Greenwood's sum."""

    at_s: float
    surviving: float
    greenwood: float


def _survival(durations: Sequence[Duration]) -> list[_Step]:
    steps: list[_Step] = []
    surviving, greenwood = 1.0, 0.0
    ends = Counter(d.seconds for d in durations if d.is_over)
    lengths = sorted(d.seconds for d in durations)
    for at, ended in sorted(ends.items()):
        at_risk = len(lengths) - bisect_left(lengths, at)
        surviving *= 1 - ended / at_risk
        greenwood += ended / (at_risk * (at_risk - ended)) if at_risk > ended else math.inf
        steps.append(_Step(at, surviving, greenwood))
    return steps


def _quantile(curve: list[_Step], share: float) -> float | None:
    """The first time at which at least `share` have ended; 1e-9 forgives the rounding of products."""
    return next((step.at_s for step in curve if 1 - step.surviving >= share - 1e-9), None)


def _median_interval(curve: list[_Step]) -> tuple[float | None, float | None]:
    lower = next((s.at_s for s in curve if _bounds(s)[0] <= 0.5), None)
    upper = next((s.at_s for s in curve if _bounds(s)[1] <= 0.5), None)
    return lower, upper


def _bounds(step: _Step) -> tuple[float, float]:
    """Lower and upper 95 % bound of the share still going on."""
    if step.surviving <= 0 or math.isinf(step.greenwood):
        return 0.0, 0.0
    if step.surviving >= 1:
        return 1.0, 1.0
    spread = 1.959964 * math.sqrt(step.greenwood) / abs(math.log(step.surviving))
    return step.surviving ** math.exp(spread), step.surviving ** math.exp(-spread)


def wilson(successes: int, trials: int) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson 1927); None without trials."""
    if trials == 0:
        return None
    z = 1.959964
    share, width = successes / trials, z * z / trials
    middle = (share + width / 2) / (1 + width)
    half = z / (1 + width) * math.sqrt(share * (1 - share) / trials + width / (4 * trials))
    return max(0.0, middle - half), min(1.0, middle + half)
