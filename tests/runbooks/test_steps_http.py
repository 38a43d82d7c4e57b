"""`http`, `wait`, `check` and `note` steps: real answers of a real server, and looks at a monitor."""

import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from runbooks.errors import StepCannotRun
from runbooks.execution import Means, run_step
from runbooks.model import Effect, Step
from runbooks.params import Values
from runbooks.steps.kind import Look, Situation, StepResult
from watchdesk.definitions.quantities import parse_duration
from watchdesk.health import Health


class Answer(BaseHTTPRequestHandler):
    """Answers by its path; what it was sent is in the answer."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.path == "/drip":
            self._drip()
            return
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        status = {"/missing": 404, "/moved": 302}.get(self.path, 200)
        said = f"{self.command} {self.path} {self.headers.get('X-Token')} {body} \x1b[31m".encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/ok")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            return

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    found.daemon_threads = True
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{found.server_address[1]}"
    found.shutdown()
    found.server_close()


class Seen:
    """Looks that come one after another, and the pauses between them."""

    def __init__(self, *looks: Health) -> None:
        self._looks, self.pauses = list(looks), 0.0

    def look(self, monitor: str) -> Look:
        if monitor == "nobody":
            message = "no monitor is named 'nobody'"
            raise StepCannotRun(message)
        return Look(self._looks.pop(0) if len(self._looks) > 1 else self._looks[0], "as it is")

    def pause(self, seconds: float) -> None:
        self.pauses += seconds


def run(kind: str, body: Mapping[str, object], seen: Seen | None = None) -> StepResult:
    eyes = seen or Seen(Health.OK)
    step = Step(id="s", kind=kind, body=body, effect=Effect.REPEATABLE, timeout=parse_duration("5s"))
    values = Values(plain={}, secrets={"t": "secret:t"})
    situation = Situation(item=None, look=eyes.look, pause=eyes.pause)
    return run_step(step, values, Means(situation, lambda _: "s3cr3t-v4lue"))


def test_an_answer_of_200_is_success_and_its_body_is_the_output(server: str) -> None:
    result = run("http", {"url": f"{server}/ok"})
    assert (result.is_ok, result.exit_code) == (True, 200)
    assert result.output == "HTTP 200\nGET /ok None  "


def test_another_status_fails_unless_it_is_named(server: str) -> None:
    assert not run("http", {"url": f"{server}/missing"}).is_ok
    assert run("http", {"url": f"{server}/missing", "status": [404, 410]}).is_ok


def test_a_redirect_is_followed_only_when_that_is_said(server: str) -> None:
    assert run("http", {"url": f"{server}/moved"}).exit_code == 302
    assert run("http", {"url": f"{server}/moved", "follow": True}).exit_code == 200


def test_a_secret_travels_in_a_header_and_is_hidden_in_the_output(server: str) -> None:
    body = {"url": f"{server}/ok", "method": "POST", "headers": {"X-Token": "${params.t}"}, "body": "ü"}
    assert run("http", body).output == "HTTP 200\nPOST /ok [redacted] ü "


def test_nobody_listening_is_a_failure_with_its_cause() -> None:
    result = run("http", {"url": "http://127.0.0.1:9/", "timeout": "2s"})
    assert not result.is_ok
    assert result.output.startswith("no answer: ")


def test_an_answer_that_drips_is_given_up_in_time(server: str) -> None:
    result = run("http", {"url": f"{server}/drip", "timeout": "300ms"})
    assert (result.is_ok, result.output) == (False, "no whole answer within 0.3 s")


def test_proxies_of_the_environment_are_not_used(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert run("http", {"url": f"{server}/ok"}).is_ok


def test_a_check_succeeds_on_a_wanted_verdict() -> None:
    result = run("check", {"monitor": "shop-web"})
    assert (result.is_ok, result.output) == (True, "shop-web is ok: as it is")


def test_an_unknown_verdict_is_not_a_wanted_one() -> None:
    assert not run("check", {"monitor": "shop-web"}, Seen(Health.UNKNOWN)).is_ok


def test_a_check_looks_again_within_its_time() -> None:
    seen = Seen(Health.CRITICAL, Health.CRITICAL, Health.OK)
    assert run("check", {"monitor": "shop-web", "within": "5s"}, seen).is_ok
    assert seen.pauses == 2
    assert not run("check", {"monitor": "shop-web", "within": "3s"}, Seen(Health.CRITICAL)).is_ok


def test_a_check_of_an_unknown_monitor_is_not_run() -> None:
    assert run("check", {"monitor": "nobody"}).output == "not run: no monitor is named 'nobody'"


def test_a_wait_lets_its_time_pass() -> None:
    seen = Seen(Health.OK)
    assert run("wait", {"for": "1m30s"}, seen).output == "waited 1m30s"
    assert seen.pauses == 90


def test_a_note_is_its_own_output() -> None:
    assert run("note", {"text": "call the vendor"}).output == "call the vendor"
