"""Who may start: bounded places, of which targets that hung last time never hold more than half.

Those that hung start first, as they will take longest; but a part of the network that is gone cannot take all places
and delay everybody else, check after check.
"""

from collections import deque

from monitors.monitor import Monitor


class Places:
    """At most `limit` monitors run at once; the others wait in the order in which they came."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._most_slow = max(1, limit // 2)
        self._waiting: deque[Monitor] = deque()
        self._waiting_slow: deque[Monitor] = deque()
        self._hung_last_time: set[str] = set()
        self._running = 0
        self._running_slow: set[str] = set()

    def queue(self, monitor: Monitor) -> None:
        (self._waiting_slow if monitor.id in self._hung_last_time else self._waiting).append(monitor)

    def take(self) -> Monitor | None:
        """The next that may start, its place taken; None when nobody may."""
        if self._running >= self._limit:
            return None
        if self._waiting_slow and len(self._running_slow) < self._most_slow:
            monitor = self._waiting_slow.popleft()
            self._running_slow.add(monitor.id)
        elif self._waiting:
            monitor = self._waiting.popleft()
        else:
            return None
        self._running += 1
        return monitor

    def leave(self, name: str, *, has_hung: bool) -> None:
        """Gives the place of a monitor free; `has_hung` says that its time ran out."""
        self._running -= 1
        if self._running_slow:
            self._running_slow.discard(name)
        if has_hung:
            self._hung_last_time.add(name)
        elif self._hung_last_time:
            self._hung_last_time.discard(name)
