"""What the lanes share: one epoll, one set of timers, one resolver, and who waits for which descriptor."""

import select
from collections.abc import Callable
from typing import Any, Protocol

from monitors.engine.timers import Timer, Timers
from monitors.monitor import Monitor
from monitors.probes.conversations import Conversation, Lookup

LookUp = Callable[[Lookup, Callable[[Any], None]], None]


class Resumes(Protocol):
    """A lane whose tasks wait for descriptors."""

    def ready(self, task: "Task", events: int) -> None: ...


class Task:
    """One conversation under way."""

    __slots__ = ("at", "conversation", "deadline", "fd", "has_hung", "lane", "monitor", "pause", "step")

    def __init__(self, lane: Resumes, monitor: Monitor, at: float) -> None:
        self.lane, self.monitor, self.at = lane, monitor, at
        self.conversation: Conversation | None = None
        self.deadline: Timer | None = None
        self.pause: Timer | None = None
        self.fd: int | None = None
        self.step = 0
        self.has_hung = False


class Wiring:
    """Made by the engine, handed to each lane. `look_up` calls back in the driving thread."""

    def __init__(self, epoll: select.epoll, timers: Timers, look_up: LookUp) -> None:
        self.epoll, self.timers, self.look_up = epoll, timers, look_up
        self.tasks: dict[int, Task] = {}
