"""webhook, against a real HTTP server."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.clock import START, FrozenClock
from tests.ticketing.news import news, parcel
from ticketing.connectors.connector import DeliveryFailed
from ticketing.connectors.webhook import Webhook
from ticketing.outbox import Operation
from watchdesk.clock import SystemClock

SECRET = "a secret"


@dataclass
class Received:
    """One request as the receiver saw it."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What the receiver says."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    drips: bool = False


class Receiver(ThreadingHTTPServer):
    """Keeps requests; answers from a list, the last answer again and again."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listening)
        self.received: list[Received] = []
        self.answers = [Answer()]
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class Listening(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(Received(self.path, dict(self.headers.items()), body))
        answer = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if not answer.drips:
            self.wfile.write(answer.body)
            return
        for octet in answer.body:
            if self.server.ended.wait(0.05):
                return
            self.wfile.write(bytes([octet]))

    def log_message(self, *_: object) -> None:
        """Quietly."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.ended.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def webhook(receiver: Receiver, clock: FrozenClock) -> Webhook:
    return Webhook(receiver.url, SECRET, clock)


def failure_of(webhook: Webhook) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as failure:
        webhook.send(parcel(webhook, news()))
    return failure.value


def test_the_receiver_gets_a_cloud_event_with_the_ticket_in_it(webhook: Webhook, receiver: Receiver) -> None:
    webhook.send(parcel(webhook, news()))
    (request,) = receiver.received
    event = json.loads(request.body)
    assert (event["specversion"], event["id"]) == ("1.0", news().key)
    assert event["data"]["number"] == "INC-1042"
    assert event["data"]["text"] == "Customers cannot order.\n"
    assert request.headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    assert request.headers["Idempotency-Key"] == news().key


def test_the_signature_is_what_a_receiver_computes_from_the_secret(webhook: Webhook, receiver: Receiver) -> None:
    webhook.send(parcel(webhook, news(text="Übermäßig")))
    (request,) = receiver.received
    stamp = request.headers["Watchdesk-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"{stamp}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert request.headers["Watchdesk-Signature"] == f"v1={expected}"
    assert stamp == str(int(START.timestamp()))


def test_the_check_that_the_guide_shows_accepts_us_and_nobody_else(webhook: Webhook, receiver: Receiver) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "how-to" / "connect-email-and-webhook.md").read_text("utf-8")
    shown: dict[str, Any] = {}
    exec(guide.partition("```python\n")[2].partition("```")[0], shown)  # noqa: S102  the guide's own words
    webhook.send(parcel(webhook, news()))
    (request,) = receiver.received
    is_genuine, now = shown["is_genuine"], START.timestamp()
    assert is_genuine(SECRET.encode(), request.headers, request.body, now)
    assert not is_genuine(b"another", request.headers, request.body, now)
    assert not is_genuine(SECRET.encode(), request.headers, request.body + b" ", now)
    assert not is_genuine(SECRET.encode(), request.headers, request.body, now + 301)


def test_without_a_secret_nothing_is_signed(receiver: Receiver, clock: FrozenClock) -> None:
    webhook = Webhook(receiver.url, None, clock)
    webhook.send(parcel(webhook, news()))
    assert "Watchdesk-Signature" not in receiver.received[0].headers


def test_every_attempt_sends_the_same_body_under_the_same_key(webhook: Webhook, receiver: Receiver) -> None:
    told = parcel(webhook, news(Operation.UPDATE, seq=4))
    webhook.send(told)
    webhook.send(told)
    one, other = receiver.received
    assert (one.body, one.headers["Idempotency-Key"]) == (other.body, other.headers["Idempotency-Key"])


def test_the_name_that_the_receiver_gives_the_ticket_is_kept_and_told_back(
    webhook: Webhook, receiver: Receiver
) -> None:
    receiver.answers = [Answer(body=b'{"id": 77, "state": "open"}')]
    receipt = webhook.send(parcel(webhook, news()))
    assert (receipt.remote_id, receipt.remote_state) == ("77", "open")
    webhook.send(parcel(webhook, news(Operation.RESOLVE, seq=2), remote_id="77"))
    assert json.loads(receiver.received[1].body)["remoteid"] == "77"


@pytest.mark.parametrize("body", [b"", b"ok", b"[1]", b'{"id": {"x": 1}}', b"\xff\xfe"])
def test_an_answer_that_names_nothing_is_still_an_answer(webhook: Webhook, receiver: Receiver, body: bytes) -> None:
    receiver.answers = [Answer(body=body)]
    assert webhook.send(parcel(webhook, news())).remote_id is None


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        *((status, True) for status in (408, 425, 429, 500, 502, 503)),
        *((status, False) for status in (400, 401, 404, 410, 422)),
    ],
)
def test_only_what_may_pass_is_tried_again(webhook: Webhook, receiver: Receiver, status: int, retry: bool) -> None:
    receiver.answers = [Answer(status=status, body=b"because")]
    failure = failure_of(webhook)
    assert failure.retry_may_help is retry
    assert f"answered {status}: because" in str(failure)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("999999", timedelta(hours=1)),
        ("Mon, 02 Mar 2026 09:03:00 GMT", timedelta(minutes=3)),
        ("Mon, 02 Mar 2026 08:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
    ],
)
def test_the_wait_that_the_receiver_asks_for_is_heard(
    webhook: Webhook, receiver: Receiver, value: str, wait: timedelta | None
) -> None:
    receiver.answers = [Answer(status=429, headers={"Retry-After": value})]
    assert failure_of(webhook).retry_after == wait


def test_a_redirect_is_not_followed_and_its_target_is_named(webhook: Webhook, receiver: Receiver) -> None:
    receiver.answers = [Answer(status=307, headers={"Location": "http://127.0.0.1:1/elsewhere"})]
    failure = failure_of(webhook)
    assert not failure.retry_may_help
    assert "http://127.0.0.1:1/elsewhere" in str(failure)
    assert len(receiver.received) == 1


def test_a_receiver_that_is_away_may_be_back_later(clock: FrozenClock) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert failure_of(Webhook(f"http://127.0.0.1:{port}/", SECRET, clock)).retry_may_help


def test_a_receiver_that_hangs_is_left_after_the_time_limit() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        failure = failure_of(Webhook(url, SECRET, SystemClock(), timedelta(seconds=0.3)))
    assert failure.retry_may_help
    assert "did not answer in time" in str(failure)


def test_a_receiver_that_drips_its_answer_is_left_after_the_time_limit(receiver: Receiver) -> None:
    receiver.answers = [Answer(body=b"x" * 5000, drips=True)]  # 250 seconds of it, longer than a test may last
    failure = failure_of(Webhook(receiver.url, SECRET, SystemClock(), timedelta(seconds=0.3)))
    assert failure.retry_may_help
    assert "took too long" in str(failure)


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/", "http://"])
def test_an_address_that_is_none_is_given_up_at_once(url: str, clock: FrozenClock) -> None:
    assert not failure_of(Webhook(url, SECRET, clock)).retry_may_help


def test_trying_out_posts_an_event_that_is_about_no_ticket(webhook: Webhook, receiver: Receiver) -> None:
    assert webhook.try_out() == f"{receiver.url} accepted a test event"
    event = json.loads(receiver.received[0].body)
    assert event["type"] == "watchdesk.test"


def test_a_proxy_of_the_environment_is_not_used(
    webhook: Webhook, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    webhook.send(parcel(webhook, news()))
    assert len(receiver.received) == 1
