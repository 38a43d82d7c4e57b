"""What the lanes share: one epoll, one set of timers, one resolver, and who waits for which descriptor."""

import select
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from monitors.engine.timers import Timer, Timers
from monitors.observation import Observation
from monitors.probes.conversations import Lookup, Ready

Emit = Callable[[Observation], None]
LookUp = Callable[[Lookup, Callable[[Any], None]], None]


class Wiring:
    """Made by the engine, handed to each lane. `look_up` calls back in the driving thread."""

    def __init__(self, epoll: select.epoll, timers: Timers, look_up: LookUp) -> None:
        self.epoll, self.timers, self.look_up = epoll, timers, look_up
        self.waiting: dict[int, Waiting] = {}

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Has `action` done in so many seconds."""
        return self.timers.at(time.monotonic() + seconds, action)


class Waiting:
    """Somebody waits for a descriptor; `happened` is called once, with the events or, when it is late, with 0."""

    __slots__ = ("_fd", "_happened", "_late", "_wiring")

    def __init__(self, wiring: Wiring, wanted: Ready, happened: Callable[[int], None]) -> None:
        self._wiring, self._fd, self._happened = wiring, wanted.fd, happened
        wiring.epoll.register(wanted.fd, wanted.events)
        wiring.waiting[wanted.fd] = self
        within_s = wanted.within_s
        self._late = None if within_s is None else wiring.after(within_s, partial(self.ready, 0))

    def ready(self, events: int) -> None:
        self.end()
        self._happened(events)

    def end(self) -> None:
        """Nobody waits any more."""
        self._wiring.epoll.unregister(self._fd)
        del self._wiring.waiting[self._fd]
        if self._late is not None:
            self._late.cancel()
