"""A reader who does what a document says, in a shell of their own, with a home and ports of their own."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, Queue

from tests.docs.documents import ROOT, Document, Told, told
from tests.ports import free_port

PORTS = (8420, 8421, 8000, 8443, 8088)  # the ones that documents speak of; each reader has free ones instead
LOOKING = re.compile(r"^\./run (status|(monitors|tickets|runbooks|services) (list|show|explain|history|timeline))\b")
PROGRAM = re.compile(r"watchdesk|\.?(/\w+)*/run")
BEFORE = re.compile(r"\||&&|\|\||;|sudo|watchdesk|\w+=\S*")  # what may stand before the name of a program
PATIENCE_S = 100.0  # for what only looks; a command may take three times as long
AGAIN_EVERY_S = 1.0
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV")


class Misled(AssertionError):
    """A document says what is not so."""


class Reader:
    """Reads documents aloud to a shell. `words` are further replacements of what documents say by what is here, and
    `variables` what stands in the shell's environment from the start.
    """

    def __init__(self, folder: Path, words: Mapping[str, str] | None = None, **variables: str) -> None:
        self.home, self.checkout = folder / "home", folder / "checkout"
        self.variables = dict(variables)
        self.home.mkdir()
        self.checkout.mkdir()
        for name in ("run", "examples"):
            (self.checkout / name).symlink_to(ROOT / name)
        self.ports = {port: free_port() for port in PORTS}
        self.words = dict(words or {})

    def follow(self, document: Document) -> None:
        """Save each file and do each command, from top to bottom. Raises Misled at the first that is not as told."""
        shell = Shell(self.checkout, self._environment())
        try:
            for block in document.blocks:
                if block.saved_at is not None:
                    self.save(block.saved_at, block.text)
                for each in told(block) if block.language == "console" else ():
                    _do(shell, self._here(each), f"{document.path}:{each.line}")
        finally:
            shell.close()

    def do(self, command: str) -> str:
        """What a command says; raises Misled when it fails."""
        shell = Shell(self.checkout, self._environment())
        try:
            return _do(shell, Told(command=self.said(command), shown=(), line=0), command)
        finally:
            shell.close()

    def said(self, text: str) -> str:
        """A text of a document with the ports and names that hold here."""
        for theirs, ours in self.words.items():
            text = text.replace(theirs, ours)
        return re.sub(rf"\b({'|'.join(map(str, PORTS))})\b", lambda found: str(self.ports[int(found[1])]), text)

    def _here(self, each: Told) -> Told:
        shown = tuple(self.said(line) for line in each.shown)
        return Told(command=_detached(self.said(each.command)), shown=shown, line=each.line)

    def save(self, path: str, text: str) -> None:
        """A file at `~/…`."""
        place = self.home / path.removeprefix("~/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(self.said(text), "utf-8")

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return kept | {
            "HOME": str(self.home),
            "USER": "ana",
            "LOGNAME": "ana",
            "NO_COLOR": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "WATCHDESK_PORT": str(self.ports[8420]),
            "WATCHDESK_PREFECT_PORT": str(self.ports[8421]),
            **self.variables,
        }


class Shell:
    """One bash for all commands, so that what one of them changes is there for the next."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-o", "pipefail"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: Queue[str] = Queue()
        self._ear = threading.Thread(target=self._listen, daemon=True)
        self._ear.start()

    def do(self, command: str, patience_s: float) -> tuple[int, str]:
        """The exit code of a command and all that it said."""
        assert self._bash.stdin is not None
        mark = f"--done {time.monotonic_ns()}"
        self._bash.stdin.write(f"{{ {command}\n}} </dev/null; printf '\\n{mark} %s\\n' $?\n")
        self._bash.stdin.flush()
        said: list[str] = []
        try:
            while not (line := self._lines.get(timeout=patience_s)).startswith(mark):
                said.append(line)
        except Empty:
            return -1, f"{''.join(said)}\n(nothing more for {patience_s:.0f} s)"
        return int(line.removeprefix(mark)), "".join(said)

    def close(self) -> None:
        os.killpg(self._bash.pid, signal.SIGKILL)
        self._bash.wait()
        self._ear.join()
        for stream in (self._bash.stdin, self._bash.stdout):
            assert stream is not None
            stream.close()

    def _listen(self) -> None:
        assert self._bash.stdout is not None
        for line in self._bash.stdout:
            self._lines.put(line)


def _do(shell: Shell, each: Told, place: str) -> str:
    """Does it; what only looks is done again until it shows what is told, as a reader would."""
    until = time.monotonic() + (PATIENCE_S if LOOKING.match(each.command) else 0)
    while True:
        code, said = shell.do(each.command, 3 * PATIENCE_S)
        missing = missing_in(said, each.shown)
        if code == 0 and missing is None:
            return said
        if time.monotonic() >= until:
            reason = f"it ended with {code}" if code else f"it does not show: {missing}"
            message = f"{place}: $ {each.command}\n{reason}\nit said:\n{said}"
            raise Misled(message)
        time.sleep(AGAIN_EVERY_S)


def _detached(command: str) -> str:
    is_in_the_foreground = command.startswith("./run up") and "--detach" not in command
    return f"{command} --detach" if is_in_the_foreground else command


def missing_in(said: str, shown: tuple[str, ...]) -> str | None:
    """The first line that was to be shown and was not; None when all were, in order. Spaces count as one."""
    lines = [" ".join(line.split()) for line in said.splitlines()]
    for wanted in shown:
        pieces = [re.escape(" ".join(piece.split())) for piece in wanted.split("…")]
        pattern = re.compile(r"\s?.*\s?".join(pieces))
        place = next((number for number, line in enumerate(lines) if pattern.search(line)), None)
        if place is None:
            return wanted
        lines = lines[place + 1 :]
    return None


def words_of(command: str) -> list[list[str]]:
    """The commands of Watchdesk in one line of a shell, each as its words without `./run`."""
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        return []
    found: list[list[str]] = []
    for number, word in enumerate(words):
        if PROGRAM.fullmatch(word) and (number == 0 or BEFORE.fullmatch(words[number - 1])):
            found.append(_up_to_the_next(words[number + 1 :]))
    return found


def _up_to_the_next(words: list[str]) -> list[str]:
    ends = [number for number, word in enumerate(words) if word in ("|", "&&", "||", ";", ">", "&")]
    return words[: ends[0]] if ends else words
