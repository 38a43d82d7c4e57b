"""A made-up but realistic history of checks: log-normal latencies, a few outages a month, starts that jitter."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitors.storage import latency
from monitors.storage.codes import CRITICAL, HEALTHS, OK, WARNING
from monitors.storage.results import DAY_MS, HOUR_MS, Results
from monitors.storage.spans import Change

FIRST_DAY = 20_514  # 2026-03-02
NOISE_SIGMA = 0.25  # of the logarithm of a latency, check to check
OUTAGES_A_DAY = 0.1  # three a month
MEAN_OUTAGE_CHECKS = 20
WARNING_RATIO = 0.0005
LATE_MS = 80  # starts scatter evenly within it


@dataclass(frozen=True, slots=True)
class Scale:
    """How many monitors are checked how often for how many days."""

    monitors: int
    days: int
    every_s: int
    seed: int

    @property
    def checks_a_day(self) -> int:
        return DAY_MS // (self.every_s * 1000)

    @property
    def results(self) -> int:
        return self.monitors * self.days * self.checks_a_day

    @property
    def names(self) -> list[str]:
        return [f"shop-web-{number:05d}" for number in range(1, self.monitors + 1)]


class History:
    """Day after day of results, numbered from 1; the same for the same seed."""

    def __init__(self, scale: Scale) -> None:
        self.scale = scale
        self._random = np.random.default_rng(scale.seed)
        self._usual_s = self._random.lognormal(np.log(0.03), 0.8, scale.monitors)
        self._offset_ms = self._random.integers(0, scale.every_s * 1000 - LATE_MS, scale.monitors)

    def days(self) -> Iterator[Results]:
        """One day of all monitors at a time, in order of time."""
        for day in range(self.scale.days):
            yield self._day(FIRST_DAY + day)

    def _day(self, day: int) -> Results:
        shape = (self.scale.checks_a_day, self.scale.monitors)
        beats = np.arange(shape[0], dtype=np.int64)[:, None] * self.scale.every_s * 1000
        at_ms = day * DAY_MS + beats + self._offset_ms + self._random.integers(0, LATE_MS, shape)
        seconds = self._usual_s * self._random.lognormal(0, NOISE_SIGMA, shape)
        health = np.where(self._random.random(shape) < WARNING_RATIO, WARNING, OK).astype(np.uint8)
        self._break(health, seconds)
        number = np.broadcast_to(np.arange(1, shape[1] + 1, dtype=np.uint32), shape)
        order = np.argsort(at_ms.ravel(), kind="stable")
        return Results(number.ravel(), at_ms.ravel(), health.ravel(), latency.encode(seconds.ravel())).take(order)

    def _break(self, health: NDArray[np.uint8], seconds: NDArray[np.float64]) -> None:
        """Outages: a connection that is refused has no latency."""
        for monitor in np.flatnonzero(self._random.random(health.shape[1]) < OUTAGES_A_DAY):
            start = int(self._random.integers(0, health.shape[0]))
            end = start + int(self._random.geometric(1 / MEAN_OUTAGE_CHECKS))
            health[start:end, monitor] = CRITICAL
            seconds[start:end, monitor] = np.nan


def by_hour(day: Results) -> list[tuple[int, Results]]:
    return day.parts_by(day.at_ms // HOUR_MS)


def changes_of(day: Results, present: NDArray[np.uint8], names: list[str]) -> list[Change]:
    """What changed on that day; `present` holds the last health of each monitor and is brought up to date."""
    ordered = day.in_order()
    before = np.concatenate(([0], ordered.health[:-1])).astype(np.uint8)
    is_first = np.concatenate(([True], ordered.number[1:] != ordered.number[:-1]))
    before[is_first] = present[ordered.number[is_first] - 1]
    changed = ordered.take(ordered.health != before)
    is_last = np.concatenate((ordered.number[1:] != ordered.number[:-1], [True]))
    present[ordered.number[is_last] - 1] = ordered.health[is_last]
    rows = zip(changed.number.tolist(), changed.at_ms.tolist(), changed.health.tolist(), strict=True)
    return [Change(names[number - 1], at_ms / 1000, HEALTHS[code], SUMMARIES[code]) for number, at_ms, code in rows]


SUMMARIES = ("200 in 31 ms", "200 in 412 ms; latency > 300ms", "connection refused by 127.0.0.1:18080", "")
