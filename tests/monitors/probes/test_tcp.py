"""TCP probes against real listeners."""

import socket
import time

import pytest
from pydantic import ValidationError

from monitors.kinds import KINDS
from tests.monitors.probes.looking import SECRETS, item_of, look, services_of
from tests.monitors.probes.servers import closed_port, reset, silent, speaking


def test_an_accepted_connection_has_a_latency() -> None:
    with silent() as port:
        seen = look("tcp", f"127.0.0.1:{port}")
    assert seen.error is None
    assert 0 < seen.values["latency"] < 0.8


def test_a_name_is_looked_up() -> None:
    with silent() as port:
        assert look("tcp", f"localhost:{port}").error is None


def test_a_name_that_does_not_resolve_is_an_error() -> None:
    assert look("tcp", "nothing.invalid:80").error is not None


def test_a_refused_connection_is_an_error() -> None:
    port = closed_port()
    assert look("tcp", f"127.0.0.1:{port}").error == f"127.0.0.1:{port}: connection refused"


def test_an_item_stands_for_its_address() -> None:
    with silent() as port:
        seen = look("tcp", f"db-1:{port}", services=services_of(items={"db-1": item_of("db-1", "127.0.0.1")}))
    assert seen.error is None


def test_a_banner_is_heard_when_a_condition_asks_for_text() -> None:
    with speaking(lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9\r\n")) as port:
        seen = look("tcp", f"127.0.0.1:{port}", wanted=["text"])
    assert seen.values["text"] == "SSH-2.0-OpenSSH_9\r\n"


def test_what_is_sent_is_answered() -> None:
    def echo(connection: socket.socket) -> None:
        connection.sendall(b"+" + connection.recv(100))

    with speaking(echo) as port:
        seen = look("tcp", {"address": f"127.0.0.1:{port}", "send": "PING\r\n"}, wanted=["text"])
    assert seen.values["text"] == "+PING\r\n"


def test_an_answer_in_several_segments_is_heard_whole() -> None:
    def stammer(connection: socket.socket) -> None:
        for word in (b"one ", b"two ", b"three"):
            connection.sendall(word)
            time.sleep(0.01)
        connection.recv(1)

    with speaking(stammer) as port:
        assert look("tcp", f"127.0.0.1:{port}", wanted=["text"]).values["text"] == "one two three"


def test_a_hung_process_that_still_accepts_is_an_error_once_an_answer_is_awaited() -> None:
    with silent() as port:
        seen = look("tcp", {"address": f"127.0.0.1:{port}", "send": "PING\r\n"}, timeout_s=0.2)
    assert seen.error == f"127.0.0.1:{port}: connected, but no answer within 200 ms"


def test_a_connection_that_is_reset_is_an_error() -> None:
    def slam(connection: socket.socket) -> None:
        connection.recv(100)
        reset(connection)

    with speaking(slam) as port:
        seen = look("tcp", {"address": f"127.0.0.1:{port}", "send": "PING\r\n"})
    assert seen.error is not None
    assert "reset" in seen.error


def test_endless_talk_is_cut() -> None:
    def babble(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"x" * 65536)

    with speaking(babble) as port:
        assert len(look("tcp", f"127.0.0.1:{port}", wanted=["text"]).values["text"]) == 65536


def test_a_secret_is_sent_and_never_shown() -> None:
    def echo(connection: socket.socket) -> None:
        connection.sendall(b"you said " + connection.recv(100))

    with speaking(echo) as port:
        seen = look("tcp", {"address": f"127.0.0.1:{port}", "send": "AUTH secret:token"}, wanted=["text"])
    assert seen.values["text"] == "you said AUTH [secret]"
    assert SECRETS["token"] not in repr(seen)


@pytest.mark.parametrize("address", ["", "shop", "shop:", ":80", "shop:0", "shop:65536", "::1:80", "[::1]", "a b:80"])
def test_what_is_not_an_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        KINDS["tcp"].form.validate_python(address)


@pytest.mark.parametrize("address", ["shop:80", "10.0.0.1:65535", "[::1]:443", "_ldap.example.org:389"])
def test_an_address_is_accepted(address: str) -> None:
    assert KINDS["tcp"].form.validate_python(address).address == address
