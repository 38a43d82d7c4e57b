"""Where remediations are carried out: a few at once, each in a thread; what is interrupted is resumed by somebody."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import structlog

AT_ONCE = 8
log = structlog.get_logger(__name__)


class RepairBench:
    """Starts each remediation once, and reports those that were interrupted."""

    def __init__(self, carry_out: Callable[[str], object]) -> None:
        self._carry_out = carry_out
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="repair")
        self._running: dict[str, Future[object]] = {}

    def start(self, remediation: str) -> None:
        """In a thread, unless it runs here already."""
        if remediation not in self._running:
            self._running[remediation] = self._pool.submit(self._carry_out, remediation)

    def clear_up(self) -> None:
        """Forget what has ended."""
        for name, future in tuple(self._running.items()):
            if future.done():
                del self._running[name]
                if error := future.exception():
                    log.error("remediation interrupted; it will be resumed", remediation=name, exc_info=error)

    def close(self) -> None:
        """Begin nothing more; running ones are not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
