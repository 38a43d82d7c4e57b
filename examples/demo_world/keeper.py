"""Keeps the demo's services: starts them, and restarts one only when it is asked to, like an init without `Restart=`.

Run as a program: keeper.py FOLDER. `services.json` there says what runs: a name, its words, whether it starts by
itself. Requests are lines in the pipe `requests`: `restart NAME`, `stop NAME`, `off`. The process number of a service
stands in `run/NAME.pid` as long as it runs.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

LOOK_EVERY_S = 0.2
DYING_S = 5.0


class Keeper:
    """The services of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._is_over = False

    def run(self) -> None:
        """Until TERM; whatever still runs then is ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        pipe = self._open_requests()
        self._end_strangers()
        for name, service in self._services().items():
            if service["starts"]:
                self._start(name)
        while not self._is_over:
            for line in _read(pipe):
                self._obey(line.split())
            self._reap()
        self._stop_all()

    def _open_requests(self) -> int:
        """The pipe, opened for both ends so that it is never at its end."""
        (self._folder / "run").mkdir(exist_ok=True)
        path = self._folder / "requests"
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        return os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def _services(self) -> dict[str, dict[str, object]]:
        try:
            found: dict[str, dict[str, object]] = json.loads((self._folder / "services.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            say(f"no services: {error}")
            return {}
        return found

    def _obey(self, words: list[str]) -> None:
        match words:
            case ["restart", name] if name in self._services():
                self._stop(name)
                self._start(name)
            case ["stop", name]:
                self._stop(name)
            case ["off"]:
                self._stop_all()
            case _:
                say(f"not understood: {' '.join(words)}")

    def _start(self, name: str) -> None:
        words = self._services()[name]["words"]
        assert isinstance(words, list)  # noqa: S101  we wrote it
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, cwd="/")
        self._running[name] = process
        fresh = self._pid_file(name).with_suffix(".new")
        fresh.write_text(f"{process.pid}\n", "ascii")
        fresh.replace(self._pid_file(name))
        say(f"{name} runs as {process.pid}")

    def _stop(self, name: str) -> None:
        process = self._running.pop(name, None)
        if process is not None:
            process.kill()  # a process that was stopped hears nothing gentler
            process.wait(DYING_S)
        self._pid_file(name).unlink(missing_ok=True)

    def _stop_all(self) -> None:
        for name in tuple(self._running):
            self._stop(name)

    def _reap(self) -> None:
        for name, process in tuple(self._running.items()):
            if process.poll() is not None:
                say(f"{name} ended with {process.returncode}")
                del self._running[name]
                self._pid_file(name).unlink(missing_ok=True)

    def _end_strangers(self) -> None:
        """End what an earlier keeper of this folder left behind, whether it had come to note its number or not."""
        for number in _programs_of(self._folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        for path in (self._folder / "run").glob("*.pid"):
            path.unlink()

    def _pid_file(self, name: str) -> Path:
        return self._folder / "run" / f"{name}.pid"

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._is_over = True


def say(sentence: str) -> None:
    print(f"keeper: {sentence}", flush=True)  # noqa: T201  its log


def _read(pipe: int) -> list[str]:
    """The lines that came in within a moment."""
    ready, _, _ = select.select([pipe], [], [], LOOK_EVERY_S)
    return os.read(pipe, 4096).decode("ascii", "replace").splitlines() if ready else []


def _programs_of(folder: Path) -> list[int]:
    """The other processes that run a program of ours on this folder."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            words = _words_of(process)
            is_ours = any(Path(word).parent == Path(__file__).parent for word in words)
            if is_ours and any(word.startswith(str(folder)) for word in words):
                found.append(int(process.name))
    return found


def _words_of(process: Path) -> list[str]:
    try:
        return (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return []


def main(words: list[str]) -> int:
    Keeper(Path(words[0])).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
