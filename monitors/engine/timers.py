"""Timers: what must happen at an instant of the monotonic clock, soonest first."""

import heapq
from collections.abc import Callable
from itertools import count


class Timer:
    """One appointment; a cancelled one is dropped when its turn comes."""

    __slots__ = ("action",)

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        self.action = None


class Timers:
    """A heap of appointments. Not for use from several threads."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._numbers = count()

    def at(self, instant: float, action: Callable[[], None]) -> Timer:
        timer = Timer(action)
        heapq.heappush(self._heap, (instant, next(self._numbers), timer))
        return timer

    def wait_s(self, now: float, most_s: float) -> float:
        """Seconds until the next appointment, from 0 to `most_s`."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        if not self._heap:
            return most_s
        return min(most_s, max(0.0, self._heap[0][0] - now))

    def fire(self, now: float) -> None:
        """Does everything that is due."""
        while self._heap and self._heap[0][0] <= now:
            action = heapq.heappop(self._heap)[2].action
            if action is not None:
                action()
