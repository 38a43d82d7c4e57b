"""One look at a target: notes when it began, and makes the observation at its end."""

import errno
import time
from collections.abc import Mapping
from typing import Any

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.services_for_probes import ProbeServices

# What our own machine lacks when a connection cannot even be tried: unknown, never the target's failure.
OUR_OWN_LACK = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EADDRINUSE}
)


class Look:
    """Begins when it is made. Each of `saw`, `failed` and `blind` gives the observation that ends it."""

    __slots__ = ("_began", "at", "monitor")

    def __init__(self, monitor: Monitor, services: ProbeServices) -> None:
        self.monitor = monitor
        self.at = services.now()
        self._began = time.monotonic()

    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def remaining_s(self) -> float:
        """What is left of the monitor's timeout; never below a millisecond."""
        return max(0.001, self.monitor.timeout.total_seconds() - self.elapsed_s())

    def saw(
        self,
        values: Mapping[str, Any],
        text: str,
        *,
        latency_s: float | None = None,
        suggested: str | None = None,
    ) -> Observation:
        """The target was seen; `suggested` is the verdict when the monitor expects nothing."""
        return Observation(
            monitor=self.monitor.id,
            at=self.at,
            ended=self.at + self.elapsed_s(),
            latency_s=latency_s,
            values=values,
            text=text,
            suggested=suggested,
        )

    def failed(self, error: str, *, since: float | None = None) -> Observation:
        """The target failed: critical before any condition. `since` says when, where that is known exactly."""
        ended = self.at + self.elapsed_s()
        return Observation(monitor=self.monitor.id, at=self.at, ended=ended, error=error, text=error, since=since)

    def stumbled(self, error: OSError, what: str) -> Observation:
        """The operating system refused: the target's failure, unless it is our own machine that lacks something."""
        words = f"{what}: {words_of(error)}"
        return self.blind(words) if error.errno in OUR_OWN_LACK else self.failed(words)

    def blind(self, why: str) -> Observation:
        """The probe itself could not look: unknown."""
        return Observation(monitor=self.monitor.id, at=self.at, ended=self.at + self.elapsed_s(), blind=why, text=why)


def late(look: Look) -> str:
    """The words for a target that did not answer in time."""
    return f"no answer within {seconds(look.monitor.timeout.total_seconds())}"


def seconds(span_s: float) -> str:
    """A time span for people, three digits: `2 s`, `0.345 ms`, `12.3 ms`."""
    return f"{span_s * 1000:.3g} ms" if span_s < 1 else f"{span_s:.3g} s"


def words_of(error: OSError) -> str:
    """What an operating system error says, in lower case and without its number."""
    return in_a_sentence(error.strerror or str(error) or type(error).__name__)


def in_a_sentence(said: str) -> str:
    """With a small first letter, unless an abbreviation begins it."""
    return said[:1].lower() + said[1:] if said[1:2].islower() or said[1:2] == " " else said
