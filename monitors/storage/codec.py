"""One day of one monitor in about a byte a result: time on a grid, health, latency code.

A day's times are kept on a grid of their own, whose step (one second at most, an eighth of the monitor's rhythm at
most, fine enough that no two results share a slot) and phase are chosen once, when the day is first packed. A result
that comes later is laid on the same grid, so one that is told again is recognised: same slot, same health.
"""

import zlib
from dataclasses import dataclass
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from monitors.storage.results import DAY_MS

VERSION = 1
STEPS_MS = (1000, 500, 250, 100, 50, 20, 10, 5, 2)  # any sequence of them down to 1 ms, which always separates
SLOTS_A_BEAT = 8
HEAD = Struct("<BBHHiIH")  # version, bytes a step, grid step, grid phase, first slot, results, lowest latency code
WIDTHS = {1: "<u1", 2: "<u2", 4: "<u4"}
THOROUGH = 6


@dataclass(frozen=True, slots=True)
class Grid:
    """Slot k lies at `phase_ms + k * step_ms` after midnight."""

    step_ms: int
    phase_ms: int

    def slots(self, into_day_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """The nearest slot of each instant."""
        return (into_day_ms - self.phase_ms + self.step_ms // 2) // self.step_ms

    def instants(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Milliseconds after midnight, within the day."""
        return np.clip(slots * self.step_ms + self.phase_ms, 0, DAY_MS - 1)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one monitor, in order of time; slots are those of `grid`."""

    grid: Grid
    slot: NDArray[np.int64]
    health: NDArray[np.uint8]
    latency: NDArray[np.uint16]

    @property
    def into_day_ms(self) -> NDArray[np.int64]:
        return self.grid.instants(self.slot)

    def is_known(self, into_day_ms: NDArray[np.int64], health: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Which of these results it already holds."""
        return np.isin(_key(self.grid.slots(into_day_ms), health), _key(self.slot, self.health))

    def merged(self, into_day_ms: NDArray[np.int64], health: NDArray[np.uint8], latency: NDArray[np.uint16]) -> "Day":
        """This day with more results; what it holds stays as it is."""
        slots = np.concatenate([self.slot, self.grid.slots(into_day_ms)])
        healths, latencies = np.concatenate([self.health, health]), np.concatenate([self.latency, latency])
        _, first = np.unique(_key(slots, healths), return_index=True)
        order = first[np.argsort(slots[first], kind="stable")]
        return Day(self.grid, slots[order], healths[order], latencies[order])


def day_of(into_day_ms: NDArray[np.int64], health: NDArray[np.uint8], latency: NDArray[np.uint16]) -> Day:
    """Results at different instants, ordered by time, on a grid that suits them."""
    grid = _grid_for(into_day_ms)
    return Day(grid, grid.slots(into_day_ms), health, latency)


def encode(day: Day) -> bytes:
    """Packed; at least one result."""
    steps = np.diff(day.slot)
    width = next(width for width in WIDTHS if not len(steps) or int(steps.max()) < 1 << 8 * width)
    has_latency = day.latency > 0
    lowest = int(day.latency[has_latency].min()) - 1 if has_latency.any() else 0
    above = np.where(has_latency, day.latency - lowest, 0).astype("<u2")
    columns = [steps.astype(WIDTHS[width]).tobytes(), day.health.tobytes(), (above & 0xFF).astype(np.uint8).tobytes()]
    if above.max() > 0xFF:
        columns.append((above >> 8).astype(np.uint8).tobytes())
    head = HEAD.pack(VERSION, width, day.grid.step_ms, day.grid.phase_ms, int(day.slot[0]), len(day.slot), lowest)
    return head + zlib.compress(b"".join(columns), THOROUGH)


def decode(payload: bytes) -> Day:
    """The day again. Raises ValueError for a version that is not known."""
    version, width, step_ms, phase_ms, first, count, lowest = HEAD.unpack_from(payload)
    if version != VERSION:
        message = f"a block has version {version}, but only version {VERSION} is known; upgrade Watchdesk"
        raise ValueError(message)
    body = zlib.decompress(memoryview(payload)[HEAD.size :])
    slot = np.empty(count, np.int64)
    slot[0] = first
    slot[1:] = np.frombuffer(body, WIDTHS[width], count - 1)
    np.cumsum(slot, out=slot)
    rest = np.frombuffer(body, np.uint8, offset=width * (count - 1))
    above = rest[count : 2 * count].astype(np.uint16)
    if len(rest) > 2 * count:
        above |= rest[2 * count :].astype(np.uint16) << 8
    latency = np.where(above > 0, above + lowest, 0).astype(np.uint16)
    return Day(Grid(step_ms, phase_ms), slot, rest[:count].copy(), latency)


def _grid_for(into_day_ms: NDArray[np.int64]) -> Grid:
    if len(into_day_ms) < 2:
        return Grid(1, 0)
    beat_ms = float(np.median(np.diff(into_day_ms)))
    for step_ms in STEPS_MS:
        grid = Grid(step_ms, _phase(into_day_ms, step_ms))
        if step_ms * SLOTS_A_BEAT <= beat_ms and bool((np.diff(grid.slots(into_day_ms)) > 0).all()):
            return grid
    return Grid(1, 0)


def _phase(into_day_ms: NDArray[np.int64], step_ms: int) -> int:
    """The circular mean of the instants within a step: a monitor's own offset, about which its lateness scatters."""
    angles = into_day_ms % step_ms * (2j * np.pi / step_ms)
    return round(float(np.angle(np.exp(angles).sum())) / (2 * np.pi) * step_ms) % step_ms


def _key(slots: NDArray[np.int64], health: NDArray[np.uint8]) -> NDArray[np.int64]:
    return slots * 4 + health
