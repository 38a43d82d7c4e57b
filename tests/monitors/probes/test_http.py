"""HTTP probes against a real server that answers, stalls, lies and breaks."""

import gzip
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitors import conditions
from monitors.kinds import KINDS
from monitors.probes.http import Headers
from tests.monitors.probes.certificates import certificate
from tests.monitors.probes.looking import SECRETS, look
from tests.monitors.probes.servers import Answer, Web, closed_port, encrypted, reset, silent, speaking

FORM = KINDS["http"].form
VALUES = KINDS["http"].values


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.close()


def test_status_and_latency_are_seen(web: Web) -> None:
    web.answers["/"] = Answer(204)
    seen = look("http", web.url())
    assert (seen.error, seen.blind, seen.values["status"], seen.suggested) == (None, None, 204, "ok")
    assert seen.latency_s is not None
    assert 0 < seen.latency_s < 0.8
    assert seen.ended == pytest.approx(seen.at + seen.latency_s)


@pytest.mark.parametrize(("status", "suggested"), [(200, "ok"), (399, "ok"), (400, "critical"), (503, "critical")])
def test_without_expectations_200_to_399_is_ok(web: Web, status: int, suggested: str) -> None:
    web.answers["/"] = Answer(status)
    assert look("http", web.url()).suggested == suggested


def test_a_json_body_is_a_value(web: Web) -> None:
    web.answers["/"] = Answer(body=json.dumps({"queue": {"depth": 3}}).encode())
    assert look("http", web.url(), wanted=["body"]).values["body"] == {"queue": {"depth": 3}}


@pytest.mark.parametrize("body", [b"", b"<html>down for maintenance</html>", b'{"queue": {"depth":', b"[" * 100_000])
def test_a_body_that_is_not_json_makes_its_conditions_unknown(web: Web, body: bytes) -> None:
    web.answers["/"] = Answer(body=body)
    seen = look("http", web.url(), wanted=["body"])
    assert (seen.error, seen.blind) == (None, None)
    assert conditions.parse("body.queue.depth < 100", VALUES).holds(seen.values) is None


def test_a_null_and_a_missing_key_make_conditions_unknown(web: Web) -> None:
    web.answers["/"] = Answer(body=b'{"queue": null, "load": NaN}')
    seen = look("http", web.url(), wanted=["body"])
    spoken = ("body.queue < 1", "body.load < 1", "body.gone < 1")
    assert [conditions.parse(text, VALUES).holds(seen.values) for text in spoken] == [None, None, None]


def test_the_body_is_not_kept_when_nobody_wants_it(web: Web) -> None:
    web.answers["/"] = Answer(body=b'{"a": 1}')
    assert set(look("http", web.url()).values) == {"status", "latency"}


def test_text_is_decoded_by_the_charset_of_the_answer(web: Web) -> None:
    web.answers["/"] = Answer(body="größe".encode("latin-1"), headers={"Content-Type": "text/plain; charset=latin1"})
    assert look("http", web.url(), wanted=["text"]).values["text"] == "größe"


def test_an_unknown_charset_is_read_as_utf_8(web: Web) -> None:
    web.answers["/"] = Answer(body="größe".encode(), headers={"Content-Type": "text/plain; charset=klingon"})
    assert look("http", web.url(), wanted=["text"]).values["text"] == "größe"


def test_a_byte_order_mark_before_json_does_not_blind_its_conditions(web: Web) -> None:
    web.answers["/"] = Answer(body=b"\xef\xbb\xbf" + b'{"status": "UP"}')
    assert look("http", web.url(), wanted=["body"]).values["body"] == {"status": "UP"}


def test_a_body_that_comes_compressed_unasked_is_unpacked(web: Web) -> None:
    body = b'{"status": "UP"}'
    web.answers["/"] = Answer(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})
    seen = look("http", web.url(), wanted=["body", "text"])
    assert (seen.values["text"], seen.values["body"]) == (body.decode(), {"status": "UP"})
    assert web.requests[0].headers["Accept-Encoding"] == "identity"


def test_a_compressed_body_is_kept_up_to_one_mebibyte_unpacked(web: Web) -> None:
    web.answers["/"] = Answer(body=gzip.compress(b"x" * (100 << 20)), headers={"Content-Encoding": "gzip"})
    seen = look("http", web.url(), wanted=["text"])
    assert (seen.values["status"], len(seen.values["text"])) == (200, 1 << 20)


def test_a_body_that_says_it_is_compressed_and_is_not_is_an_error(web: Web) -> None:
    web.answers["/"] = Answer(body=b"plain", headers={"Content-Encoding": "gzip"})
    assert look("http", web.url(), wanted=["text"]).error is not None


def test_a_body_is_kept_up_to_one_mebibyte_and_then_is_no_json(web: Web) -> None:
    web.answers["/"] = Answer(body=b'{"a": "' + b"x" * (1 << 20) + b'"}')
    seen = look("http", web.url(), wanted=["body", "text"])
    assert (seen.values["status"], len(seen.values["text"]), "body" in seen.values) == (200, 1 << 20, False)


def test_a_large_body_that_nobody_wants_does_not_fail_the_check(web: Web) -> None:
    web.answers["/"] = Answer(body=b"x" * (3 << 20))
    seen = look("http", web.url())
    assert (seen.error, seen.values["status"]) == (None, 200)


def test_headers_are_found_in_any_case(web: Web) -> None:
    web.answers["/"] = Answer(headers={"X-Build": "42"})
    headers = look("http", web.url(), wanted=["headers"]).values["headers"]
    assert (headers.get("x-build"), headers["X-BUILD"], "x-Build" in headers) == ("42", "42", True)


def test_repeated_header_fields_are_joined() -> None:
    assert Headers([b"HTTP/1.1 200 OK\r\n", b"Via: a\r\n", b"via: b\r\n", b"\r\n"])["Via"] == "a, b"


def test_a_redirect_is_the_answer_unless_it_is_followed(web: Web) -> None:
    web.answers["/old"] = Answer(302, headers={"Location": "/new", "X-At": "old"})
    web.answers["/new"] = Answer(200, headers={"X-At": "new"})
    assert look("http", web.url("/old")).values["status"] == 302
    followed = look("http", {"url": web.url("/old"), "follow": True}, wanted=["headers"])
    assert (followed.values["status"], followed.values["headers"]["x-at"]) == (200, "new")


def test_a_redirect_loop_is_an_error(web: Web) -> None:
    web.answers["/"] = Answer(302, headers={"Location": "/"})
    error = look("http", {"url": web.url(), "follow": True}).error
    assert error is not None
    assert "too many redirects" in error


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::"])
def test_a_redirect_to_where_no_web_is_is_an_error_of_the_target(web: Web, location: str) -> None:
    web.answers["/"] = Answer(302, headers={"Location": location})
    seen = look("http", {"url": web.url(), "follow": True}, wanted=["text"])
    assert seen.error is not None


def test_an_answer_that_is_no_http_is_an_error() -> None:
    def babble(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"\x00\x01 SSH-2.0-OpenSSH\r\n\r\n")

    with speaking(babble) as port:
        seen = look("http", f"http://127.0.0.1:{port}/")
    assert (seen.error, seen.blind) == ("the answer is not HTTP", None)


def test_method_header_and_body_are_sent(web: Web) -> None:
    web.answers["/"] = Answer(201)
    form = {"url": web.url(), "method": "POST", "headers": {"X-Probe": "yes"}, "body": '{"ping": 1}'}
    assert look("http", form).values["status"] == 201
    asked = web.requests[0]
    assert (asked.method, asked.headers["X-Probe"], asked.body) == ("POST", "yes", b'{"ping": 1}')
    assert "Expect" not in asked.headers


def test_head_waits_for_no_body(web: Web) -> None:
    web.answers["/"] = Answer(200, body=b"x" * 100)
    assert look("http", {"url": web.url(), "method": "HEAD"}).values["status"] == 200


def test_each_check_opens_its_own_connection(web: Web) -> None:
    web.answers["/"] = Answer(200)
    for _ in range(3):
        look("http", web.url())
    assert web.connections == 3


def test_a_refused_connection_is_an_error() -> None:
    seen = look("http", f"http://127.0.0.1:{closed_port()}/")
    assert (seen.error, dict(seen.values)) == ("connection refused", {})


def test_a_name_that_does_not_resolve_is_an_error() -> None:
    seen = look("http", "http://nothing.invalid/")
    assert seen.error is not None
    assert "nothing.invalid cannot be resolved" in seen.error


def test_a_server_that_hangs_is_an_error_at_the_timeout() -> None:
    with silent() as port:
        seen = look("http", f"http://127.0.0.1:{port}/", timeout_s=0.2)
    assert seen.error == "connected, but no answer within 200 ms"


@pytest.mark.slow
def test_a_stopped_process_is_an_error_and_a_continued_one_answers_again(tmp_path: Path) -> None:
    port = closed_port()
    argv = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(tmp_path), str(port)]
    server = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while look("http", f"http://127.0.0.1:{port}/").error is not None:
            assert server.poll() is None
        server.send_signal(signal.SIGSTOP)
        assert look("http", f"http://127.0.0.1:{port}/", timeout_s=0.3).error is not None
        server.send_signal(signal.SIGCONT)
        assert look("http", f"http://127.0.0.1:{port}/", timeout_s=5).values["status"] == 200
    finally:
        server.kill()
        server.wait()


def test_a_body_that_does_not_end_is_an_error_at_the_timeout() -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nslow")
        connection.recv(4096)

    with speaking(drip) as port:
        seen = look("http", f"http://127.0.0.1:{port}/", timeout_s=0.2, wanted=["text"])
    assert seen.error == "the answer was not complete within 200 ms"


def test_a_reset_connection_is_an_error() -> None:
    def slam(connection: socket.socket) -> None:
        connection.recv(4096)
        reset(connection)

    with speaking(slam) as port:
        seen = look("http", f"http://127.0.0.1:{port}/")
    assert seen.error is not None
    assert "reset" in seen.error


def test_an_answer_without_a_word_is_an_error() -> None:
    def leave(connection: socket.socket) -> None:
        connection.recv(4096)

    with speaking(leave) as port:
        seen = look("http", f"http://127.0.0.1:{port}/")
    assert seen.error == "the connection was closed without an answer"


def test_an_answer_that_ends_early_is_an_error() -> None:
    def lie(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")

    with speaking(lie) as port:
        assert look("http", f"http://127.0.0.1:{port}/").error is not None


def test_phases_add_up_to_less_than_the_latency(web: Web) -> None:
    web.answers["/"] = Answer(200)
    seen = look("http", web.url(), wanted=["phases"])
    phases = seen.values["phases"]
    assert set(phases) == {"dns", "connect", "first_byte"}
    assert sum(phases.values()) <= seen.values["latency"]


def test_a_certificate_says_when_it_expires(tmp_path: Path) -> None:
    made = certificate(tmp_path, expires_in=timedelta(days=20))
    with encrypted(made.context, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as port:
        form = {"url": f"https://localhost:{port}/", "ca": str(made.path)}
        seen = look("http", form, wanted=["cert", "phases"])
    left_s = (made.expires_at - datetime.now(UTC)).total_seconds()
    assert seen.values["cert"]["expires_in"] == pytest.approx(left_s, abs=60)
    assert seen.values["phases"]["tls"] > 0


def test_plain_http_has_no_certificate(web: Web) -> None:
    web.answers["/"] = Answer(200)
    assert "cert" not in look("http", web.url(), wanted=["cert"]).values


def test_an_expired_certificate_is_an_error_unless_it_is_not_verified(tmp_path: Path) -> None:
    made = certificate(tmp_path, expires_in=timedelta(days=-1))
    with encrypted(made.context, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as port:
        form = {"url": f"https://localhost:{port}/", "ca": str(made.path)}
        refused = look("http", form)
        accepted = look("http", form | {"verify": False}, wanted=["cert"])
    assert refused.error is not None
    assert "expired" in refused.error
    assert accepted.values["cert"]["expires_in"] < 0


def test_an_untrusted_certificate_is_an_error(tmp_path: Path) -> None:
    made = certificate(tmp_path, expires_in=timedelta(days=20))
    with encrypted(made.context, b"HTTP/1.1 200 OK\r\n\r\n") as port:
        seen = look("http", f"https://localhost:{port}/")
    assert seen.error is not None
    assert "self-signed" in seen.error


def test_an_authority_file_that_is_missing_makes_the_probe_blind(tmp_path: Path) -> None:
    made = certificate(tmp_path, expires_in=timedelta(days=20))
    with encrypted(made.context, b"") as port:
        seen = look("http", {"url": f"https://localhost:{port}/", "ca": "/nowhere/ca.pem"})
    assert (seen.error, seen.blind is not None) == (None, True)


def test_a_secret_is_sent_and_never_shown(web: Web) -> None:
    secret = SECRETS["token"]
    web.answers[f"/?key={secret}"] = Answer(200, body=f'{{"echo": "{secret}"}}'.encode())
    form = {"url": web.url("/?key=secret:token"), "headers": {"Authorization": "Bearer secret:token"}}
    seen = look("http", form, wanted=["text", "body"])
    assert web.requests[0].headers["Authorization"] == f"Bearer {secret}"
    assert seen.values["status"] == 200
    assert secret not in repr(seen)


def test_a_secret_that_is_not_known_makes_the_probe_blind(web: Web) -> None:
    seen = look("http", web.url("/?key=secret:unknown"))
    assert seen.error is None
    assert seen.blind is not None


def test_a_header_that_would_smuggle_a_line_is_refused() -> None:
    with pytest.raises(ValidationError):
        FORM.validate_python({"url": "http://a/", "headers": {"X": "a\r\nY: b"}})


@pytest.mark.parametrize(
    "url", ["", "shop", "ftp://shop/", "http://", "http://sh op/", "http://shop:99999/", "http://größe.example/"]
)
def test_what_is_not_a_url_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        FORM.validate_python(url)
