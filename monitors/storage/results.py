"""Many results as columns: the form in which they are packed, merged and read."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Results:
    """Columns of equal length: monitor number, milliseconds since the epoch, health code, latency code."""

    number: NDArray[np.uint32]
    at_ms: NDArray[np.int64]
    health: NDArray[np.uint8]
    latency: NDArray[np.uint16]

    @classmethod
    def none(cls) -> Self:
        return cls(np.empty(0, np.uint32), np.empty(0, np.int64), np.empty(0, np.uint8), np.empty(0, np.uint16))

    @classmethod
    def together(cls, parts: Iterable[Self]) -> Self:
        """All results of `parts`, in their order."""
        found = [part for part in parts if len(part)]
        if len(found) <= 1:
            return found[0] if found else cls.none()
        return cls(
            np.concatenate([part.number for part in found]),
            np.concatenate([part.at_ms for part in found]),
            np.concatenate([part.health for part in found]),
            np.concatenate([part.latency for part in found]),
        )

    def __len__(self) -> int:
        return len(self.number)

    def take(self, chosen: NDArray[Any] | slice) -> "Results":
        """Those at the given positions, or where the mask is true."""
        return Results(self.number[chosen], self.at_ms[chosen], self.health[chosen], self.latency[chosen])

    def between(self, since_ms: int, until_ms: int) -> "Results":
        return self.take((self.at_ms >= since_ms) & (self.at_ms < until_ms))

    def of(self, numbers: NDArray[Any]) -> "Results":
        """Those of some monitors."""
        is_wanted = np.zeros(1 + max(self.number.max(initial=0), numbers.max(initial=0)), dtype=bool)
        is_wanted[numbers] = True
        return self.take(is_wanted[self.number])

    def in_order(self) -> "Results":
        """By monitor, then time; of several for one monitor and instant the first one given stays."""
        order = np.lexsort((self.at_ms, self.number))
        number, at_ms = self.number[order], self.at_ms[order]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = (number[1:] != number[:-1]) | (at_ms[1:] != at_ms[:-1])
        return self.take(order[is_first])

    def without(self, known: "Results") -> "Results":
        """Those for whose monitor and instant `known` has none."""
        return self.take(~np.isin(self.places(), known.places()))

    def places(self) -> NDArray[np.int64]:
        """Monitor and instant in one number: 2^20 monitors, 2^43 ms, which lasts until the year 2248."""
        return self.number.astype(np.int64) << 43 | self.at_ms

    def parts_by(self, key: NDArray[Any]) -> "list[tuple[int, Results]]":
        """Stretches of equal `key`, which is sorted and has one entry a result."""
        if not len(self):
            return []
        borders = np.flatnonzero(key[1:] != key[:-1]) + 1
        starts, ends = np.concatenate(([0], borders)), np.concatenate((borders, [len(key)]))
        return [
            (int(key[start]), self.take(slice(start, end)))
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        ]
