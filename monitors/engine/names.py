"""The names of transfers, looked up in threads of our own: libcurl would notice the end only now and then."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pycurl

from monitors.engine.outcomes import said_by
from monitors.engine.timers import Timer
from monitors.engine.wiring import Wiring
from monitors.probes.conversations import Lookup
from monitors.probes.looks import seconds, words_of
from monitors.probes.transfers import Exchange, Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Why there is no address; `has_hung` when the time ran out."""

    words: str
    has_hung: bool = False


class Names:
    """Names under way. `resolved` is called once for each exchange, with options for libcurl or without success."""

    def __init__(self, wiring: Wiring, resolved: Callable[[Exchange, Options | Unresolved], None]) -> None:
        self._wiring, self._resolved = wiring, resolved
        self._late: dict[Exchange, Timer] = {}

    def look_up(self, exchange: Exchange, name: Lookup) -> None:
        timeout_s = exchange.transfer.timeout_ms / 1000
        too_late = Unresolved(words=f"the name {name.host} was not resolved within {seconds(timeout_s)}", has_hung=True)
        began = time.monotonic()
        self._late[exchange] = self._wiring.after(timeout_s, partial(self._end, exchange, too_late))
        self._wiring.look_up(name, partial(self._found, exchange, name, began))

    def drop_all(self) -> None:
        self._late.clear()

    def _found(self, exchange: Exchange, name: Lookup, began: float, found: Any) -> None:
        if exchange not in self._late:
            return
        if isinstance(found, BaseException):
            words = words_of(found) if isinstance(found, OSError) else said_by(found)
            self._end(exchange, Unresolved(words=f"the name {name.host} cannot be resolved: {words}"))
            return
        exchange.resolved_s = time.monotonic() - began
        addresses = ",".join(f"[{address[0]}]" if ":" in address[0] else address[0] for _, address in found)
        self._end(exchange, ((pycurl.RESOLVE, [f"{name.host}:{name.port}:{addresses}"]),))

    def _end(self, exchange: Exchange, outcome: Options | Unresolved) -> None:
        self._late.pop(exchange).cancel()
        self._resolved(exchange, outcome)
