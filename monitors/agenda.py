"""An agenda: names by the instant at which they are due. What is far off lies on its page, what is near is ordered.

With one heap for everything each check would sink through tens of thousands of others, twice.
"""

import heapq

PAGE_S = 0.125  # a power of two, so that a page begins exactly where it says

Entry = tuple[float, str]


class Agenda:
    """Instants are seconds since the epoch. Nothing is ever struck out: whoever reads knows what still holds."""

    def __init__(self) -> None:
        self._near: list[Entry] = []
        self._pages: dict[int, list[Entry]] = {}
        self._numbers: list[int] = []
        self._opened = -1

    def put(self, at: float, name: str) -> None:
        number = int(at // PAGE_S)
        if number <= self._opened:
            heapq.heappush(self._near, (at, name))
        elif number in self._pages:
            self._pages[number].append((at, name))
        else:
            self._pages[number] = [(at, name)]
            heapq.heappush(self._numbers, number)

    def take(self, now: float) -> list[Entry]:
        """Removes and returns everything up to now, in order of time."""
        while self._numbers and self._numbers[0] * PAGE_S <= now:
            self._open_next()
        found = []
        while self._near and self._near[0][0] <= now:
            found.append(heapq.heappop(self._near))
        return found

    def first(self) -> Entry | None:
        """The earliest entry, which stays; None when nothing is written down."""
        while not self._near and self._numbers:
            self._open_next()
        return self._near[0] if self._near else None

    def drop_first(self) -> None:
        heapq.heappop(self._near)

    def _open_next(self) -> None:
        self._opened = heapq.heappop(self._numbers)
        self._near += self._pages.pop(self._opened)
        heapq.heapify(self._near)
