"""One conversation under way: a generator that is resumed when what it waits for has happened."""

from collections.abc import Callable
from functools import partial
from typing import Any

from monitors.engine.outcomes import blinded, checked, said_by
from monitors.engine.wiring import Waiting, Wiring
from monitors.kinds import all_kinds
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.conversations import Conversation, Lookup
from monitors.services_for_probes import ProbeServices

TIDY_UP_S = 1.0  # how long a conversation may go on after its timeout, to end its process, say


class Talk:
    """The conversation of one monitor. `ended` is called once, with its observation, unless it is dropped."""

    def __init__(
        self, monitor: Monitor, services: ProbeServices, wiring: Wiring, ended: Callable[["Talk", Observation], None]
    ) -> None:
        self.monitor, self.has_hung = monitor, False
        self._services, self._wiring, self._ended = services, wiring, ended
        self._at = services.now()
        self._step = 0
        self._conversation: Conversation | None = None
        self._waiting: Waiting | None = None
        self._deadline = wiring.after(monitor.timeout.total_seconds(), self._expire)

    def begin(self) -> None:
        try:
            self._conversation = all_kinds()[self.monitor.kind].probe(self.monitor, self._services)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            self._end(self._blind(error))
        else:
            self._resume(None)

    def drop(self) -> None:
        """Ends it wherever it is."""
        self._step = -1
        self._stop_waiting()
        self._deadline.cancel()
        if self._conversation is not None:
            self._conversation.close()

    def _resume(self, happened: Any) -> None:
        """Sends what happened into the conversation (an exception is thrown) and notes what it waits for next."""
        self._waiting = None
        self._step += 1
        try:
            observation = self._go_on(happened)
        except Exception as error:  # noqa: BLE001  the boundary of one probe: it is blind, the others go on
            observation = self._blind(error)
        if observation is not None:
            self._end(observation)

    def _go_on(self, happened: Any) -> Observation | None:
        assert self._conversation is not None  # noqa: S101  set before the first step
        try:
            if isinstance(happened, BaseException):
                wanted = self._conversation.throw(happened)
            else:
                wanted = self._conversation.send(happened)
        except StopIteration as end:
            return checked(end.value, self.monitor)
        if isinstance(wanted, Lookup):
            self._wiring.look_up(wanted, partial(self._looked_up, self._step))
        else:
            self._waiting = Waiting(self._wiring, wanted, self._resume)
        return None

    def _looked_up(self, step: int, found: Any) -> None:
        if self._step == step:
            self._resume(found)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.end()
            self._waiting = None

    def _expire(self) -> None:
        """The monitor's timeout has passed: the conversation is told so, and soon after ended."""
        self._stop_waiting()
        self.has_hung = True
        self._deadline = self._wiring.after(TIDY_UP_S, self._give_up)
        self._resume(TimeoutError("the monitor's timeout has passed"))

    def _give_up(self) -> None:
        self._end(self._blind(TimeoutError("the probe did not end after its timeout")))

    def _end(self, observation: Observation) -> None:
        self.drop()
        self._ended(self, observation)

    def _blind(self, error: Exception) -> Observation:
        return blinded(self.monitor, self._at, self._services, f"the probe could not look: {said_by(error)}")
