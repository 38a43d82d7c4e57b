"""A small web service that answers in JSON, and asks the service it stands on.

Run as a program: web.py NAME PORT SETTINGS [URL]. SETTINGS is a JSON file that is read for every answer, as a careless
deployment would change it: `delay_ms` makes it slow; `answers: html` makes it answer with a page, until the instant
`until` (seconds since the epoch). URL is asked before each answer; without its yes this service says no.
"""

import json
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = b"<!doctype html><title>Catalogue</title><h1>We are rebuilding our shop</h1><p>Please come back later.</p>"
PATIENCE_S = 0.6
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Server(ThreadingHTTPServer):
    """One service: its name, where its settings are, what it stands on, how often it was asked."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, name: str, port: int, settings: Path, below: str | None) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.name, self.settings, self.below = name, settings, below
        self.asked = 0


class Answer(BaseHTTPRequestHandler):
    """One answer."""

    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        wanted = read_settings(self.server.settings)
        time.sleep(wanted.get("delay_ms", 0) / 1000)
        if wanted.get("answers") == "html" and time.time() < wanted.get("until", 0):
            self._send(200, "text/html", PAGE)
            return
        why = ask(self.server.below)
        document = {"name": self.server.name, "status": "DOWN" if why else "UP", "asked": self.server.asked}
        if why:
            document["because"] = why
        self._send(503 if why else 200, "application/json", json.dumps(document).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        """Nothing: it is asked every second."""


def read_settings(path: Path) -> dict[str, Any]:
    """The settings; none when they cannot be read."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def ask(url: str | None) -> str:
    """Why the service below does not answer; empty when it does, or when there is none."""
    if url is None:
        return ""
    try:
        with DIRECT.open(url, timeout=PATIENCE_S):
            return ""
    except OSError as error:
        return f"{url} does not answer: {error}"


def main(words: list[str]) -> int:
    name, port, settings, *below = words
    Server(name, int(port), Path(settings), below[0] if below else None).serve_forever(poll_interval=5)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
