"""TLS probes against real handshakes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.monitors.probes.certificates import certificate
from tests.monitors.probes.looking import look
from tests.monitors.probes.servers import closed_port, encrypted, silent, speaking


def test_a_certificate_is_read(tmp_path: Path) -> None:
    made = certificate(tmp_path, expires_in=timedelta(days=20))
    with encrypted(made.context, b"") as port:
        seen = look("tls", {"address": f"127.0.0.1:{port}", "ca": str(made.path)})
    left_s = (made.expires_at - datetime.now(UTC)).total_seconds()
    assert seen.error is None
    assert seen.values["expires_in"] == pytest.approx(left_s, abs=60)
    assert "Shop" in seen.values["subject"]
    assert seen.values["issuer"] == seen.values["subject"]
    assert seen.latency_s is not None


def test_the_server_name_is_what_the_certificate_is_checked_against(tmp_path: Path) -> None:
    made = certificate(tmp_path, expires_in=timedelta(days=20))
    with encrypted(made.context, b"") as port:
        form = {"address": f"127.0.0.1:{port}", "ca": str(made.path)}
        right = look("tls", form | {"server_name": "localhost"})
        wrong = look("tls", form | {"server_name": "shop.example.org"})
    assert right.error is None
    assert wrong.error is not None
    assert "shop.example.org" in wrong.error


def test_the_address_may_be_a_name(tmp_path: Path) -> None:
    made = certificate(tmp_path, expires_in=timedelta(days=20))
    with encrypted(made.context, b"") as port:
        assert look("tls", {"address": f"localhost:{port}", "ca": str(made.path)}).error is None


def test_an_expired_certificate_is_an_error(tmp_path: Path) -> None:
    made = certificate(tmp_path, expires_in=timedelta(days=-2))
    with encrypted(made.context, b"") as port:
        seen = look("tls", {"address": f"127.0.0.1:{port}", "ca": str(made.path)})
    assert seen.error is not None
    assert "expired" in seen.error


def test_an_expired_certificate_is_measured_when_it_is_not_verified(tmp_path: Path) -> None:
    made = certificate(tmp_path, expires_in=timedelta(days=-2))
    with encrypted(made.context, b"") as port:
        seen = look("tls", {"address": f"127.0.0.1:{port}", "verify": False})
    assert seen.values["expires_in"] == pytest.approx(-2 * 86400, abs=60)


def test_a_server_that_speaks_no_tls_is_an_error() -> None:
    with speaking(lambda connection: connection.sendall(b"220 mail ready\r\n" * 10)) as port:
        assert look("tls", f"127.0.0.1:{port}").error is not None


def test_a_handshake_that_hangs_is_an_error_at_the_timeout() -> None:
    with silent() as port:
        seen = look("tls", f"127.0.0.1:{port}", timeout_s=0.2)
    assert seen.error == "connected, but no answer within 200 ms"


def test_a_refused_connection_is_an_error() -> None:
    assert look("tls", f"127.0.0.1:{closed_port()}").error == "connection refused"
