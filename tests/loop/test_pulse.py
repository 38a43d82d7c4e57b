"""The outbound heartbeat speaks while the watch is well, and is silent while it is not."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from loop.pulse import AGAIN_AFTER_S, EVERY_S, Pulse


class Listener(http.server.HTTPServer):
    """Counts what it hears; `status` is what it answers."""

    heard = 0
    status = 200


class Answer(http.server.BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        self.server.heard += 1
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url(listener: Listener) -> str:
    return f"http://127.0.0.1:{listener.server_address[1]}/alive"


def test_a_well_watch_is_told_every_minute(listener: Listener) -> None:
    assert Pulse(url(listener), lambda: True).turn() == EVERY_S
    assert listener.heard == 1


def test_a_watch_that_is_not_well_is_silence(listener: Listener) -> None:
    assert Pulse(url(listener), lambda: False).turn() == AGAIN_AFTER_S
    assert listener.heard == 0


def test_a_heartbeat_that_was_not_heard_is_told_again_soon(listener: Listener) -> None:
    listener.status = 503
    assert Pulse(url(listener), lambda: True).turn() == AGAIN_AFTER_S
    assert Pulse("http://127.0.0.1:1/", lambda: True).turn() == AGAIN_AFTER_S
