"""Running one command: argv only, a clean environment, a time limit, and output that is always drained."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runbooks.errors import StepCannotRun

LAUNCHER = Path(__file__).with_name("launch.py")
GRACE_S = 5.0  # the launcher's two seconds between SIGTERM and SIGKILL, and some for a slow machine
LINGER_S = 0.2  # what a command wrote is in the pipe when it ends; a daemon it left may hold the pipe for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Resource limits of one command; generous, as they exist against accidents."""

    cpu_s: int = 3600
    file_bytes: int = 16 * 2**30
    open_files: int = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run. `environment` is all the command gets."""

    argv: tuple[str, ...]
    timeout_s: float
    environment: Mapping[str, str]
    stdin: bytes | None = None
    folder: str = "/"
    output_bytes: int
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended: `exit_code` is None after a time-out. `output` is both streams as they came."""

    exit_code: int | None
    output: bytes
    is_cut: bool


def clean_environment() -> dict[str, str]:
    """What a command may know of this process: where programs and its home are. Nothing else is inherited."""
    return {"PATH": os.pathsep.join(os.get_exec_path()), "HOME": _home(), "LANG": "C.UTF-8", "TZ": "UTC"}


def execute(command: Command) -> Ended:
    """Run it to its end, or end it and all of its group. Raises StepCannotRun when it cannot be started."""
    _refuse_nul(command)
    lifeline, held = os.pipe()
    try:
        process = _start(command, lifeline)
    except OSError as error:
        os.close(held)
        message = f"cannot start {command.argv[0]!r}: {error.strerror}"
        raise StepCannotRun(message) from error
    finally:
        os.close(lifeline)
    try:
        return _Conversation(process, command).hold()
    finally:
        os.close(held)  # should anything have gone wrong above, the launcher now kills what is left
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None and not stream.closed:
                stream.close()


def _start(command: Command, lifeline: int) -> "subprocess.Popen[bytes]":
    limits = (lifeline, command.limits.cpu_s, command.limits.file_bytes, command.limits.open_files)
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER), *map(str, limits), *command.argv],
        stdin=subprocess.DEVNULL if command.stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(command.environment),
        cwd=command.folder,
        pass_fds=(lifeline,),
        start_new_session=True,
        bufsize=0,
    )


class _Conversation:
    """Feeds stdin and drains output until the command ends or its time is up."""

    def __init__(self, process: "subprocess.Popen[bytes]", command: Command) -> None:
        self._process, self._command = process, command
        self._left = memoryview(command.stdin or b"")
        self._output = bytearray()
        self._is_cut = False
        self._open = selectors.DefaultSelector()
        assert process.stdout is not None  # noqa: S101  it was asked for
        os.set_blocking(process.stdout.fileno(), False)
        self._open.register(process.stdout, selectors.EVENT_READ)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            self._open.register(process.stdin, selectors.EVENT_WRITE)

    def hold(self) -> Ended:
        with self._open:
            in_time = self._until_exit(time.monotonic() + self._command.timeout_s)
            if not in_time:
                self._process.send_signal(signal.SIGTERM)
                if not self._until_exit(time.monotonic() + GRACE_S):
                    self._process.kill()  # the lifeline's other end goes with the caller
            self._drain_rest()
        code = self._process.wait()
        return Ended(exit_code=code if in_time else None, output=bytes(self._output), is_cut=self._is_cut)

    def _until_exit(self, deadline: float) -> bool:
        """Whether it ended before the deadline. A pidfd wakes us at once when it does."""
        try:
            ended = os.pidfd_open(self._process.pid)
        except OSError:
            return self._process.poll() is not None
        try:
            self._open.register(ended, selectors.EVENT_READ)
            while (left_s := deadline - time.monotonic()) > 0:
                ready = {key.fd for key, _ in self._open.select(left_s)}
                self._serve(ready)
                if ended in ready:
                    return True
            return False
        finally:
            self._open.unregister(ended)
            os.close(ended)

    def _drain_rest(self) -> None:
        until = time.monotonic() + LINGER_S
        while self._process.stdout in [key.fileobj for key in self._open.get_map().values()]:
            ready = {key.fd for key, _ in self._open.select(0)}
            if not ready or time.monotonic() > until:
                return
            self._serve(ready)

    def _serve(self, ready: set[int]) -> None:
        stdout, stdin = self._process.stdout, self._process.stdin
        if stdout is not None and not stdout.closed and stdout.fileno() in ready:
            self._take(stdout.fileno())
        if stdin is not None and not stdin.closed and stdin.fileno() in ready:
            self._feed(stdin.fileno())

    def _take(self, descriptor: int) -> None:
        try:
            piece = os.read(descriptor, 65536)
        except BlockingIOError:
            return
        room = self._command.output_bytes - len(self._output)
        self._output += piece[:room]
        self._is_cut = self._is_cut or len(piece) > room
        if not piece and self._process.stdout is not None:
            self._open.unregister(self._process.stdout)
            self._process.stdout.close()

    def _feed(self, descriptor: int) -> None:
        stdin = self._process.stdin
        try:
            self._left = self._left[os.write(descriptor, self._left[:65536]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._left = self._left[:0]  # it does not want to hear the rest
        if not self._left and stdin is not None:
            self._open.unregister(stdin)
            stdin.close()


def _refuse_nul(command: Command) -> None:
    texts = (*command.argv, *command.environment, *command.environment.values())
    if any("\0" in text for text in texts):
        message = "an argument holds a NUL character, which no program can be given"
        raise StepCannotRun(message)


def _home() -> str:
    try:
        return str(Path.home())
    except RuntimeError:
        return "/"
