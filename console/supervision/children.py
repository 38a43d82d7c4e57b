"""The processes of an `up`: started, watched, and started again with growing patience when they die."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog

from console.demo import layout as demo
from watchdesk.clock import Clock
from watchdesk.logs import turn_over
from watchdesk.settings import Settings

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
REAP_S = 10.0
GOOD_AFTER_S = 60.0  # one that lived so long starts again without delay
ROOT = Path(__file__).resolve().parents[2]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run: Python's words after the interpreter, and the name that people read."""

    name: str
    words: tuple[str, ...]


def programs(settings: Settings) -> tuple[Program, ...]:
    """The Prefect server, the runner that serves our flows, the console, and with a demo the keeper of its services.

    The server is started as what it is, an ASGI application: Prefect's own command costs three seconds more.
    """
    server = ("-m", "uvicorn", "--factory", "prefect.server.api.server:create_app", "--host", "127.0.0.1")
    port = ("--port", str(settings.prefect_port), "--timeout-keep-alive", "5", "--log-level", "warning")
    keeper = demo.keeper(settings)
    return (
        Program(name="prefect", words=(*server, *port)),
        Program(name="flows", words=("-m", "flows.serve")),
        Program(name="console", words=("-m", "console.http.serve")),
        *((Program(name="demo", words=keeper),) if keeper else ()),
    )


class Child:
    """One program and its present process."""

    def __init__(self, program: Program, environment: Mapping[str, str], logs: Path, clock: Clock) -> None:
        self.name = program.name
        self.path = logs / f"{program.name}.log"
        self._program, self._environment, self._clock = program, environment, clock
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause_s = 0.0
        self._again_at = 0.0
        self.deaths = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def tend(self) -> None:
        """Start it when it is time; to be called again and again."""
        now_s = self._clock.monotonic_s()
        if self._process is not None and self._process.poll() is not None:
            self._bury(self._process.returncode, now_s)
        if self._process is None and now_s >= self._again_at:
            self._start(now_s)

    def reap(self) -> None:
        """Take note of its end; it was told to end by others."""
        if self._process is not None:
            self._process.wait(REAP_S)

    def last_words(self, lines: int = 5) -> str:
        """The end of its log, for the person who has to find out why it died."""
        try:
            return "\n".join(self.path.read_text("utf-8", "replace").splitlines()[-lines:])
        except OSError as error:
            return f"(no log: {error})"

    def _start(self, now_s: float) -> None:
        turn_over(self.path)
        with _opened(self.path) as output:
            self._process = subprocess.Popen(
                [sys.executable, "-P", *self._program.words],
                cwd=ROOT,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C is for the supervisor, who ends them in order
            )
        self._started_at = now_s
        log.info("started", child=self.name, pid=self._process.pid)

    def _bury(self, code: int, now_s: float) -> None:
        lived_s = now_s - self._started_at
        self.deaths += 1
        self._process = None
        self._pause_s = 0.0 if lived_s >= GOOD_AFTER_S else min(LONGEST_PAUSE_S, max(FIRST_PAUSE_S, self._pause_s * 2))
        self._again_at = now_s + self._pause_s
        log.warning("died", child=self.name, exit_code=code, lived_s=round(lived_s, 1), again_in_s=self._pause_s)


def _opened(path: Path) -> IO[bytes]:
    """The log to append to; nowhere when the disk will not have it, which must not keep the program from running."""
    try:
        return path.open("ab")
    except OSError:
        return Path(os.devnull).open("ab")
