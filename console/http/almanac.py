"""Figures that are dear to make and change slowly, kept for a while so that all who look share them."""

from collections.abc import Callable, Hashable
from threading import RLock
from typing import Any, TypeVar

Figure = TypeVar("Figure")
MOST = 2000


class Almanac:
    """Keeps what was made until it is too old; of too many the oldest go. Safe between threads: each is made once."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def kept(self, key: Hashable, now_s: float, lasts_s: float, make: Callable[[], Figure]) -> Figure:
        """What was made under this key at most `lasts_s` ago, by the monotonic `now_s`; else it is made now."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None and 0 <= now_s - found[0] < lasts_s:
                figure: Figure = found[1]
                return figure
            made = make()
            self._kept.pop(key, None)
            self._kept[key] = (now_s, made)
            while len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
            return made
