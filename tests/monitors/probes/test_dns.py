"""DNS probes against a name server of our own, over UDP and TCP."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from pydantic import ValidationError

from monitors.kinds import KINDS
from tests.monitors.probes.looking import look
from tests.monitors.probes.servers import closed_port

Reply = Callable[[dns.message.Message], bytes | None]


@contextmanager
def name_server(reply: Reply, by_tcp: Reply | None = None) -> Iterator[int]:
    """The port of a server that answers each question over UDP with `reply`, over TCP with `by_tcp`."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        port: int = listener.getsockname()[1]
        datagrams.bind(("127.0.0.1", port))
        datagrams.settimeout(0.02)
        listener.settimeout(0.02)
        is_over = threading.Event()

        def serve() -> None:
            while not is_over.is_set():
                try:
                    question, asker = datagrams.recvfrom(4096)
                    answer = reply(dns.message.from_wire(question))
                    if answer is not None:
                        datagrams.sendto(answer, asker)
                except TimeoutError:
                    pass
                if by_tcp is not None:
                    _serve_stream(listener, by_tcp)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield port
        finally:
            is_over.set()
            thread.join()


def _serve_stream(listener: socket.socket, reply: Reply) -> None:
    try:
        connection, _ = listener.accept()
    except TimeoutError:
        return
    with connection:
        connection.settimeout(1)
        answer = reply(dns.message.from_wire(connection.recv(4096)[2:])) or b""
        wire = struct.pack("!H", len(answer)) + answer
        connection.sendall(wire[:10])
        connection.sendall(wire[10:])


def answering(*records: str, kind: str = "A", rcode: str = "NOERROR") -> Reply:
    def reply(question: dns.message.Message) -> bytes:
        answer = dns.message.make_response(question)
        answer.set_rcode(dns.rcode.from_text(rcode))
        if records:
            answer.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", kind, *records))
        return answer.to_wire()

    return reply


def test_answers_are_listed() -> None:
    with name_server(answering("10.0.0.1", "10.0.0.2")) as port:
        seen = look("dns", {"name": "shop.example", "server": f"127.0.0.1:{port}"})
    assert sorted(seen.values["answers"]) == ["10.0.0.1", "10.0.0.2"]
    assert (seen.values["rcode"], seen.suggested) == ("NOERROR", "ok")
    assert seen.values["latency"] > 0


@pytest.mark.parametrize(
    ("kind", "record", "shown"),
    [("MX", "10 mail.example.", "10 mail.example"), ("TXT", '"v=spf1 " "-all"', "v=spf1 -all")],
)
def test_records_are_shown_as_people_write_them(kind: str, record: str, shown: str) -> None:
    with name_server(answering(record, kind=kind)) as port:
        seen = look("dns", {"name": "shop.example", "type": kind, "server": f"127.0.0.1:{port}"})
    assert seen.values["answers"] == [shown]


def test_a_name_that_does_not_exist_has_no_answers_and_is_critical_when_nothing_is_expected() -> None:
    with name_server(answering(rcode="NXDOMAIN")) as port:
        seen = look("dns", {"name": "gone.example", "server": f"127.0.0.1:{port}"})
    assert (seen.error, seen.values["answers"], seen.suggested) == (None, [], "critical")


def test_a_server_that_fails_is_an_error_unless_the_code_is_asked_for() -> None:
    with name_server(answering(rcode="SERVFAIL")) as port:
        form = {"name": "shop.example", "server": f"127.0.0.1:{port}"}
        assert look("dns", form).error is not None
        asked = look("dns", form, wanted=["rcode"])
    assert (asked.error, asked.values["rcode"], "answers" in asked.values) == (None, "SERVFAIL", False)


def test_a_lost_datagram_is_asked_again() -> None:
    lost = [1, 1]

    def forgetful(question: dns.message.Message) -> bytes | None:
        return None if lost and lost.pop() else answering("10.0.0.1")(question)

    with name_server(forgetful) as port:
        seen = look("dns", {"name": "shop.example", "server": f"127.0.0.1:{port}"}, timeout_s=0.6)
    assert seen.values["answers"] == ["10.0.0.1"]


def test_an_answer_that_does_not_fit_is_fetched_over_tcp() -> None:
    def truncated(question: dns.message.Message) -> bytes:
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.TC
        return answer.to_wire()

    with name_server(truncated, by_tcp=answering("10.0.0.9")) as port:
        seen = look("dns", {"name": "shop.example", "server": f"127.0.0.1:{port}"})
    assert seen.values["answers"] == ["10.0.0.9"]


def test_an_answer_to_another_question_is_passed_over() -> None:
    other = dns.message.make_query("evil.example", "A")
    with name_server(lambda _question: answering("6.6.6.6")(other)) as port:
        seen = look("dns", {"name": "shop.example", "server": f"127.0.0.1:{port}"}, timeout_s=0.3)
    assert seen.error is not None


def test_a_silent_server_is_an_error_at_the_timeout() -> None:
    with name_server(lambda _question: None) as port:
        seen = look("dns", {"name": "shop.example", "server": f"127.0.0.1:{port}"}, timeout_s=0.3)
    assert seen.error == f"127.0.0.1:{port}: no answer within 300 ms"


def test_a_port_without_a_server_is_an_error() -> None:
    port = closed_port()
    error = look("dns", {"name": "shop.example", "server": f"127.0.0.1:{port}"}).error
    assert error == f"127.0.0.1:{port}: connection refused"


def test_garbage_is_an_error() -> None:
    with name_server(lambda _question: b"\x00garbage") as port:
        assert look("dns", {"name": "shop.example", "server": f"127.0.0.1:{port}"}).error is not None


@pytest.mark.parametrize("form", [{"name": "a..b"}, {"name": "a", "type": "BOGUS"}, {"name": "a", "server": "x:y:z:"}])
def test_a_form_that_cannot_be_asked_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        KINDS["dns"].form.validate_python(form)
