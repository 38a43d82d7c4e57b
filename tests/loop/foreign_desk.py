"""A foreign desk with a REST interface and no unique key, as real ones have, and a connector for it."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from ticketing.connectors.connector import DeliveryFailed, News, Parcel, Receipt


class ForeignDesk(ThreadingHTTPServer):
    """Makes a ticket of every POST to /tickets, takes notes, and answers from a list of statuses first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Clerk)
        self.tickets: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        self.loses_notes = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Clerk(BaseHTTPRequestHandler):
    server: ForeignDesk

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.query:
            key = parse_qs(parts.query)["key"][0]
            self._answer([ticket for ticket in self.server.tickets if ticket["key"] == key])
        else:
            self._answer(self._ticket())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.statuses:
            self._answer({}, self.server.statuses.pop(0))
            return
        if self.path == "/tickets":
            self.server.tickets.append({"id": len(self.server.tickets) + 1, "key": body["key"], "told": []})
            self.path = f"/tickets/{len(self.server.tickets)}"
        if not self.server.loses_notes:
            self._ticket()["told"].append(body["op"])
        self._answer(self._ticket())

    def _ticket(self) -> dict[str, Any]:
        return self.server.tickets[int(self.path.split("/")[2]) - 1]

    def _answer(self, content: object, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quietly."""


class RestConnector:
    """Tells the foreign desk; with `dies_after` it is killed right after the other side took that many."""

    def __init__(self, url: str, dies_after: int | None = None) -> None:
        self.name = "rest"
        self.time_limit = timedelta(seconds=10)
        self._url, self._lives = url, dies_after

    def compose(self, news: News) -> Mapping[str, Any]:
        return {"op": news.op.value, "key": news.thread, "subject": news.subject}

    def find(self, thread: str) -> str | None:
        found = requests.get(f"{self._url}/tickets", params={"key": thread}, timeout=10).json()
        return str(found[0]["id"]) if found else None

    def send(self, parcel: Parcel) -> Receipt:
        path = "/tickets" if parcel.remote_id is None else f"/tickets/{parcel.remote_id}/notes"
        response = requests.post(self._url + path, json=dict(parcel.payload), timeout=10)
        if response.status_code != 200:
            message = f"answered {response.status_code}"
            raise DeliveryFailed(message, retry_may_help=response.status_code >= 500)
        if self._lives is not None:
            self._lives -= 1
            if self._lives < 0:
                raise Killed
        return Receipt(remote_id=str(response.json()["id"]))

    def read_back(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        held = requests.get(f"{self._url}/tickets/{receipt.remote_id}", timeout=10).json()
        if parcel.payload["op"] not in held["told"]:
            message = "the other side said yes and holds nothing"
            raise DeliveryFailed(message, retry_may_help=True)
        return receipt

    def try_out(self) -> str:
        return "it answers"


class Killed(BaseException):
    """The process ends here, as kill -9 ends it: nothing more is recorded."""


@contextmanager
def open_desk() -> Iterator[ForeignDesk]:
    """A desk that serves until the block ends."""
    with ForeignDesk() as desk:
        thread = threading.Thread(target=desk.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield desk
        finally:
            desk.shutdown()
            thread.join()
