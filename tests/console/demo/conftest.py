"""A demo's world of its own for each test, with its keeper running, and nothing of Watchdesk around it."""

import http.server
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from console.demo import ports
from console.demo.furnishing import furnish
from console.demo.layout import GATEWAY, PROGRAMS, WEB, WORKER, Layout
from watchdesk.clock import SystemClock

PATIENCE_S = 30.0


class Console:
    """Counts the pings that come in, in place of the real console."""

    def __init__(self) -> None:
        self.pings = 0
        console = self

        class Ping(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                console.pings += 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ping)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class World:
    """The services of one demo."""

    layout: Layout
    ports: dict[str, int]
    console: Console
    keeper: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        words = [sys.executable, "-P", str(PROGRAMS / "keeper.py"), str(self.layout.folder)]
        self.keeper = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        until(lambda: all(self.layout.pid_file(name).exists() for name in (*WEB, GATEWAY, WORKER)))

    def stop(self) -> None:
        if self.keeper is not None:
            self.keeper.terminate()
            self.keeper.wait(PATIENCE_S)

    def ask(self, service: str) -> "requests.Response":
        """Its answer; waits until it listens."""
        url = f"http://127.0.0.1:{self.ports[service]}/health"

        def answer() -> "list[requests.Response]":
            try:
                return [requests.get(url, timeout=5)]
            except requests.ConnectionError:
                return []

        found: list[requests.Response] = until(answer)
        return found[0]

    def is_silent(self, service: str, patience_s: float = 0.5) -> bool:
        try:
            requests.get(f"http://127.0.0.1:{self.ports[service]}/health", timeout=patience_s)
        except requests.RequestException:
            return True
        return False

    def step(self, program: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """A step as a runbook runs it: in an environment of its own."""
        argv = [sys.executable, "-I", str(PROGRAMS / "steps" / program), *words]
        return subprocess.run(argv, capture_output=True, text=True, check=False, env={}, cwd="/")

    def processes(self) -> list[psutil.Process]:
        folder = str(self.layout.folder)
        found = []
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
            except psutil.Error:
                continue
            if any(word.startswith(str(PROGRAMS)) for word in words) and any(folder in word for word in words):
                found.append(process)
        return found


def until(look: Callable[[], Any]) -> Any:
    """What it finds; fails after a long while."""
    end = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


@pytest.fixture
def furnished(tmp_path: Path) -> Iterator[World]:
    """Set up, not started."""
    folder = tmp_path / "a home" / "demo"
    folder.mkdir(parents=True)
    layout, console = Layout(folder), Console()
    chosen = ports.choose(layout.ports, (*WEB, GATEWAY))
    furnish(layout, chosen, console.url, SystemClock().now())
    world = World(layout, chosen, console)
    try:
        yield world
    finally:
        world.stop()
        console.close()
        assert world.processes() == []


@pytest.fixture
def world(furnished: World) -> World:
    """Set up and running."""
    furnished.start()
    return furnished


def settings_of(layout: Layout, service: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(layout.settings_of(service).read_text())
    return found
