"""The lane of conversations: generators that are resumed when what they wait for has happened."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from monitors.engine.outcomes import blinded, checked, said_by
from monitors.engine.places import Places
from monitors.engine.wiring import Task, Wiring
from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.conversations import Lookup, Ready
from monitors.services_for_probes import ProbeServices

Emit = Callable[[Observation], None]

TIDY_UP_S = 1.0  # how long a conversation may go on after its timeout, to end its process, say


class ConversationLane:
    """Runs conversations, `limit` at once. Driven by the engine's thread."""

    def __init__(self, services: ProbeServices, wiring: Wiring, limit: int, emit: Emit) -> None:
        self.services = services
        self._wiring, self._emit = wiring, emit
        self._places = Places(limit)
        self._running: set[Task] = set()

    def submit(self, monitor: Monitor) -> None:
        self._places.queue(monitor)

    def start(self) -> None:
        """Starts what may start."""
        while (monitor := self._places.take()) is not None:
            self._start(monitor)

    def ready(self, task: Task, events: int) -> None:
        """The descriptor that `task` waits for is ready."""
        self._unwatch(task)
        self._resume(task, events)

    def close(self) -> None:
        """Ends everything that runs; nothing of it is emitted."""
        for task in list(self._running):
            self._forget(task)

    def _start(self, monitor: Monitor) -> None:
        task = Task(self, monitor, self.services.now())
        self._running.add(task)
        timeout_s = monitor.timeout.total_seconds()
        task.deadline = self._wiring.timers.at(time.monotonic() + timeout_s, partial(self._expire, task))
        try:
            task.conversation = all_kinds()[monitor.kind].probe(monitor, self.services)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            self._end(task, self._blind(task, error))
        else:
            self._resume(task, None)

    def _resume(self, task: Task, happened: Any) -> None:
        """Sends what happened into the conversation (an exception is thrown) and notes what it waits for next."""
        assert task.conversation is not None  # noqa: S101  set before the first step
        task.step += 1
        try:
            if isinstance(happened, BaseException):
                wanted = task.conversation.throw(happened)
            else:
                wanted = task.conversation.send(happened)
            self._wait_for(task, wanted)
        except StopIteration as end:
            self._end(task, self._outcome(task, end.value))
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            self._end(task, self._blind(task, error))

    def _outcome(self, task: Task, handed_back: Any) -> Observation:
        try:
            return checked(handed_back, task.monitor)
        except TypeError as error:
            return self._blind(task, error)

    def _wait_for(self, task: Task, wanted: Ready | Lookup) -> None:
        if isinstance(wanted, Lookup):
            self._wiring.look_up(wanted, partial(self._looked_up, task, task.step))
            return
        self._wiring.epoll.register(wanted.fd, wanted.events)
        self._wiring.tasks[wanted.fd] = task
        task.fd = wanted.fd
        if wanted.within_s is not None:
            late = partial(self._pause_over, task)
            task.pause = self._wiring.timers.at(time.monotonic() + wanted.within_s, late)

    def _looked_up(self, task: Task, step: int, found: Any) -> None:
        if task in self._running and task.step == step:
            self._resume(task, found)

    def _pause_over(self, task: Task) -> None:
        self._unwatch(task)
        self._resume(task, 0)

    def _expire(self, task: Task) -> None:
        """The monitor's timeout has passed: the conversation is told so, and soon after ended."""
        self._unwatch(task)
        task.has_hung = True
        task.deadline = self._wiring.timers.at(time.monotonic() + TIDY_UP_S, partial(self._give_up, task))
        self._resume(task, TimeoutError("the monitor's timeout has passed"))

    def _give_up(self, task: Task) -> None:
        self._end(task, self._blind(task, TimeoutError("the probe did not end after its timeout")))

    def _unwatch(self, task: Task) -> None:
        if task.pause is not None:
            task.pause.cancel()
            task.pause = None
        if task.fd is not None:
            self._wiring.epoll.unregister(task.fd)
            del self._wiring.tasks[task.fd]
            task.fd = None

    def _end(self, task: Task, observation: Observation) -> None:
        self._forget(task)
        self._places.leave(task.monitor.id, has_hung=task.has_hung)
        self._emit(observation)

    def _forget(self, task: Task) -> None:
        self._unwatch(task)
        if task.deadline is not None:
            task.deadline.cancel()
        if task.conversation is not None:
            task.conversation.close()
        self._running.discard(task)

    def _blind(self, task: Task, error: Exception) -> Observation:
        return blinded(task.monitor, task.at, self.services, f"the probe could not look: {said_by(error)}")
