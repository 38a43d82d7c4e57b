"""ICMP probes against this machine's own kernel."""

import socket
import struct

import pytest

from monitors.probes import icmp
from tests.monitors.probes.looking import item_of, look, services_of


def _is_forbidden() -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP).close()
        except PermissionError:
            continue
        return False
    return True


needs_pings = pytest.mark.skipif(_is_forbidden(), reason="the kernel forbids this user to send pings")


@needs_pings
def test_all_requests_come_back() -> None:
    seen = look("icmp", {"host": "127.0.0.1", "count": 3})
    assert (seen.error, seen.values["loss_percent"]) == (None, 0.0)
    assert 0 < seen.values["rtt"] < 0.5
    assert seen.latency_s == seen.values["rtt"]


@needs_pings
def test_a_name_and_an_item_are_looked_up() -> None:
    assert look("icmp", "localhost").error is None
    services = services_of(items={"web-1": item_of("web-1", "127.0.0.1")})
    assert look("icmp", "web-1", services=services).error is None


@needs_pings
def test_a_name_that_does_not_resolve_is_an_error() -> None:
    assert look("icmp", "nothing.invalid").error is not None


@needs_pings
def test_silence_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icmp.Replies, "note", lambda *_: None)  # loopback always answers: the replies are lost here
    assert look("icmp", "127.0.0.1", timeout_s=0.3).error == "127.0.0.1: no reply to 3 requests"


def test_a_kernel_that_forbids_makes_the_probe_blind_and_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> socket.socket:
        raise PermissionError

    monkeypatch.setattr("monitors.probes.icmp.socket.socket", forbidden)
    seen = look("icmp", "127.0.0.1")
    assert seen.error is None
    assert seen.blind is not None
    assert "net.ipv4.ping_group_range" in seen.blind


def test_only_our_own_replies_count_and_each_once() -> None:
    replies = icmp.Replies(2)
    replies.sent = [0.0]
    ours = struct.pack("!BBHHH", 0, 0, 0, 1, 0) + replies.token
    replies.note(struct.pack("!BBHHH", 0, 0, 0, 1, 0) + b"stranger", 0)
    replies.note(struct.pack("!BBHHH", 8, 0, 0, 1, 0) + replies.token, 0)
    replies.note(struct.pack("!BBHHH", 0, 0, 0, 1, 1) + replies.token, 0)
    assert replies.received == []
    replies.note(ours, 0)
    replies.note(ours, 0)
    assert len(replies.received) == 1
