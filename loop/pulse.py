"""The outbound heartbeat: somebody outside hears every minute that the watch is well, and misses it otherwise."""

from collections.abc import Callable

import requests
import structlog

EVERY_S = 60.0
AGAIN_AFTER_S = 10.0
TIME_LIMIT_S = 10.0
log = structlog.get_logger(__name__)


class Pulse:
    """A role. `is_well` says whether the watch is; while it is not, silence is the message."""

    def __init__(self, url: str, is_well: Callable[[], bool]) -> None:
        self._url, self._is_well = url, is_well

    def turn(self) -> float:
        if not self._is_well():
            return AGAIN_AFTER_S
        try:
            requests.get(self._url, timeout=TIME_LIMIT_S).raise_for_status()
        except requests.RequestException as error:
            log.warning("heartbeat not heard", reason=str(error))
            return AGAIN_AFTER_S
        return EVERY_S

    def close(self) -> None:
        """Nothing is left to do."""
