"""Plugin: any program that speaks the Nagios plugin interface."""

import os
import signal
import subprocess
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from select import EPOLLIN, epoll
from typing import Annotated, Any

from pydantic import Field, StringConstraints, TypeAdapter

from monitors.errors import MonitorsError
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.perfdata import read_output
from monitors.probes.conversations import Conversation, Ready
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look, late, words_of
from monitors.services_for_probes import ProbeServices, redact

MAX_OUTPUT_BYTES = 65536
MAX_DRAINED_BYTES = 64 << 20  # a plugin that writes more than this will not come to a point
CHUNK_BYTES = 65536
DYING_S = 0.5
SUGGESTED = {0: "ok", 1: "warning", 2: "critical"}
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

Argument = Annotated[str, StringConstraints(max_length=65536, pattern=r"^[^\x00]*$")]

name = "plugin"
lane = Lane.PROCESS
form: TypeAdapter[tuple[str, ...]] = TypeAdapter(Annotated[tuple[Argument, ...], Field(min_length=1)])
values = {"exit_code": "number", "text": "text", "perf": "mapping"}


def title(form: tuple[str, ...]) -> str:
    return f"{form[0].rpartition('/')[2]} is satisfied"


def probe(monitor: Monitor, services: ProbeServices) -> Conversation:
    """Runs the plugin in a process group of its own, which is killed when the time is over."""
    look = Look(monitor, services)
    revealed = [services.reveal(argument) for argument in monitor.form]
    secrets = tuple(secret for _, found in revealed for secret in found)
    try:
        run = Run([argument for argument, _ in revealed])
    except OSError as error:
        return look.blind(f"{monitor.form[0]} cannot be run: {words_of(error)}")
    try:
        yield from run.follow()
    except TimeoutError:
        yield from run.kill()
        return look.blind(f"the plugin gave {late(look)}; it was killed")
    except EndlessOutput:
        yield from run.kill()
        return look.blind(f"the plugin wrote more than {MAX_DRAINED_BYTES >> 20} MiB; it was killed")
    finally:
        run.close()
    return _judge(look, run, secrets)


class EndlessOutput(MonitorsError):
    """A plugin wrote more than anybody will read."""


class Run:
    """One process and what it has written so far; the rest beyond MAX_OUTPUT_BYTES is read and dropped."""

    def __init__(self, argv: list[str]) -> None:
        self.said, self.complained = bytearray(), bytearray()
        self._drained = 0
        # a clean environment: ours holds passwords, and a plugin should not depend on who started us
        surroundings = {"PATH": SEARCH_PATH, "LC_ALL": "C.UTF-8", "HOME": str(Path.home())}
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=surroundings,
            start_new_session=True,
        )
        self._end = os.pidfd_open(self._process.pid)
        self._pipes: dict[int, bytearray] = {}
        for pipe, kept in ((self._process.stdout, self.said), (self._process.stderr, self.complained)):
            if pipe is not None:
                self._pipes[pipe.fileno()] = kept
        self._epoll = epoll()
        for fd in (*self._pipes, self._end):
            self._epoll.register(fd, EPOLLIN)

    @property
    def exit_code(self) -> int | None:
        """Negative when a signal ended it; None while it runs."""
        return self._process.poll()

    def follow(self) -> Generator[Ready, Any, None]:
        """Reads until the process has ended; what its own children still write is not waited for."""
        has_ended = False
        while not has_ended:
            yield Ready(self._epoll.fileno(), EPOLLIN)
            ready = [fd for fd, _ in self._epoll.poll(0)]
            has_ended = self._end in ready
            for fd in ready:
                if fd != self._end:
                    self._read(fd)
            if self._drained > MAX_DRAINED_BYTES:
                raise EndlessOutput
        for fd in list(self._pipes):
            os.set_blocking(fd, False)
            self._read_rest(fd)

    def kill(self) -> Generator[Ready, Any, None]:
        """Ends the whole group, and waits a moment for the process to be gone."""
        self._kill_group()
        yield Ready(self._end, EPOLLIN, DYING_S)

    def close(self) -> None:
        """Nothing of it is left running: a plugin's children end with it."""
        self._kill_group()
        with suppress(subprocess.TimeoutExpired):  # hangs in the kernel: Python buries it whenever it ends
            self._process.wait(DYING_S)
        self._epoll.close()
        os.close(self._end)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def _kill_group(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return

    def _read(self, fd: int) -> bool:
        part = os.read(fd, CHUNK_BYTES)
        if not part:
            self._epoll.unregister(fd)
            del self._pipes[fd]
            return False
        kept = self._pipes[fd]
        kept += part[: MAX_OUTPUT_BYTES - len(kept)]
        self._drained += len(part)
        return True

    def _read_rest(self, fd: int) -> None:
        try:
            while self._read(fd) and self._drained <= MAX_DRAINED_BYTES:
                pass
        except BlockingIOError:
            return


def _judge(look: Look, run: Run, secrets: tuple[str, ...]) -> Observation:
    """The exit code as the plugin interface has it: 0 to 3, and anything else unknown."""
    code = run.exit_code
    said = redact((run.said.strip() or run.complained.strip()).decode("utf-8", "replace"), secrets)
    output = read_output(said)
    first = output.text
    if code is None or code < 0:
        ended_by = signal.Signals(-code).name if code else "nothing"
        return look.blind(f"the plugin was ended by {ended_by}: {first}"[:500])
    text = f"{output.text}\n{output.long_text}".strip()
    values: dict[str, Any] = {"exit_code": code, "text": text, "perf": output.perf}
    return look.saw(values, first[:500] or f"exit code {code}, no output", suggested=SUGGESTED.get(code, "unknown"))
