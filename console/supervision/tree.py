"""The process tree of an `up`: tends its children until told to stop, then ends everything it started, in order."""

import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import structlog

from console.supervision import marks
from console.supervision.children import Child

LOOK_EVERY_S = 0.2
FLOW_RUNS_S, CHILDREN_S, REST_S = 12.0, 8.0, 2.0
log = structlog.get_logger(__name__)


class Tree:
    """`run` blocks. `beside` is called at every look, for what must be watched besides the processes."""

    def __init__(self, home: Path, children: Sequence[Child]) -> None:
        self._home, self._children = home, children
        self._stopping = threading.Event()

    def stop_on_signals(self) -> None:
        """TERM and Ctrl-C end the tree; a second Ctrl-C cannot hurry it into leaving something behind."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)

    def run(self, beside: Callable[[], None], before_the_end: Callable[[], None]) -> None:
        """Until told to stop; `before_the_end` is called then, while everything lives that has not died by itself.

        What `beside` raises ends the tree, and everything is ended all the same.
        """
        try:
            while not self._stopping.is_set():
                for child in self._children:
                    child.tend()
                beside()
                self._stopping.wait(LOOK_EVERY_S)
            before_the_end()
        finally:
            end_everything(self._home)
            for child in self._children:
                child.reap()

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        self._stopping.set()


def end_everything(home: Path) -> int:
    """End every process of this home, whoever its parent is now; how many had to be killed.

    Flow runs first, while what they speak to is still there: shifts write what they have and let go of their leases.
    """
    marks.end_flow_runs(home, FLOW_RUNS_S)
    left = marks.end(marks.of_home(home), CHILDREN_S)
    marks.kill(left)
    late = marks.end(marks.of_home(home), REST_S)
    marks.kill(late)
    return len(left) + len(late)
