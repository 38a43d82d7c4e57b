"""email, against a real SMTP server that refuses long lines."""

import email
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ticketing.news import TICKET, news, parcel
from ticketing.connectors.connector import DeliveryFailed
from ticketing.connectors.mail import Mail, read_relay
from ticketing.outbox import Operation
from watchdesk.errors import SettingsInvalid

SENDER = "watchdesk@example.org"
THREAD = f"<{TICKET}@example.org>"


class Mailbox:
    """Keeps what arrives; answers what it was told to."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer = "250 taken"
        self.refused: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802  the server asks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer


def octets(mailbox: Mailbox, index: int = -1) -> bytes:
    """A mail as it came over the wire; the newest, unless another is asked for."""
    content = mailbox.envelopes[index].content
    assert isinstance(content, bytes)
    return content


def newest(mailbox: Mailbox) -> EmailMessage:
    return email.message_from_bytes(octets(mailbox), policy=default)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Serve = Callable[..., str]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def serve(mailbox: Mailbox) -> Iterator[Serve]:
    """Starts servers for the mailbox; gives each one's address as 127.0.0.1:port."""
    running: list[Controller] = []

    def start(**options: Any) -> str:
        controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **options)
        controller.start()
        running.append(controller)
        return f"127.0.0.1:{controller.port}"

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def mail(serve: Serve) -> Mail:
    return Mail(f"smtp://{serve()}", SENDER, "desk@example.org")


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert isinstance(found, EmailMessage)
    content = found.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def test_a_mail_says_in_its_headers_what_it_is_about_and_that_a_machine_wrote_it(mail: Mail, mailbox: Mailbox) -> None:
    mail.send(parcel(mail, news()))
    expected = {
        "From": "Watchdesk <watchdesk@example.org>",
        "To": "desk@example.org",
        "Subject": "[INC-1042] [Web shop] Shop answers on web-1",
        "Date": "Mon, 02 Mar 2026 09:00:00 +0000",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "X-Watchdesk-Ticket": "INC-1042",
        "X-Watchdesk-Event": "open",
        "X-Watchdesk-Service": "shop",
        "X-Watchdesk-Priority": "P1",
        "X-Watchdesk-State": "new",
    }
    assert {name: str(newest(mailbox)[name]) for name in expected} == expected


def test_all_mails_of_a_ticket_hang_on_its_first(mail: Mail, mailbox: Mailbox) -> None:
    mail.send(parcel(mail, news()))
    first = newest(mailbox)
    mail.send(parcel(mail, news(Operation.RESOLVE, seq=7)))
    later = newest(mailbox)
    assert (first["Message-ID"], first["In-Reply-To"]) == (THREAD, None)
    assert (later["In-Reply-To"], later["References"]) == (THREAD, THREAD)
    assert later["Message-ID"] == f"<some.{TICKET}.7@example.org>"


def test_a_second_attempt_is_the_same_mail_to_the_header(mail: Mail, mailbox: Mailbox) -> None:
    told = parcel(mail, news(Operation.UPDATE, seq=3))
    mail.send(told)
    mail.send(told)
    one, other = (email.message_from_bytes(octets(mailbox, index)) for index in (0, 1))
    volatile = {"Content-Type"}  # its boundary
    assert [pair for pair in one.items() if pair[0] not in volatile] == [
        pair for pair in other.items() if pair[0] not in volatile
    ]


def test_a_mail_has_a_text_a_page_and_the_facts_for_machines(mail: Mail, mailbox: Mailbox) -> None:
    mail.send(parcel(mail, news(text="Übermäßig “lang”\n", html="<p>Übermäßig</p>")))
    message = newest(mailbox)
    assert part(message, "plain") == "Übermäßig “lang”\n"
    assert part(message, "html").strip() == "<p>Übermäßig</p>"
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == "ticket.json"
    assert b'"fingerprint": "monitor/shop-web"' in attachment.get_content()


def test_no_line_of_a_mail_is_longer_than_998_octets(mail: Mail, mailbox: Mailbox) -> None:
    endless = "ä" * 50_000 + "x" * 50_000
    mail.send(parcel(mail, news(text=endless, html=f"<p>{endless}</p>", subject="s" * 3000, event={"x": endless})))
    assert max(len(line) for line in octets(mailbox).split(b"\r\n")) <= 998
    assert part(newest(mailbox), "plain").strip() == endless


@pytest.mark.parametrize("hostile", ["x\r\nBcc: eve@example.org", "x\nX-Evil: 1", "x\r\n\r\n<script>", "x\x00\x1b[31m"])
def test_a_subject_cannot_bring_headers_of_its_own(mail: Mail, mailbox: Mailbox, hostile: str) -> None:
    mail.send(parcel(mail, news(subject=hostile, service=hostile)))
    assert "Bcc" not in newest(mailbox)
    assert "X-Evil" not in newest(mailbox)
    assert mailbox.envelopes[-1].rcpt_tos == ["desk@example.org"]
    assert not set("\r\n\x00\x1b") & set(str(newest(mailbox)["Subject"]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=st.text(max_size=400), text=st.text(max_size=400))
def test_any_text_becomes_a_mail_with_short_lines(mail: Mail, subject: str, text: str) -> None:
    octets = bytes(mail.message(mail.compose(news(subject=subject, text=text, service=subject))))
    assert max(len(line) for line in octets.split(b"\r\n")) <= 998
    assert octets.isascii()


def test_a_service_that_names_recipients_gets_its_mail_there(mail: Mail, mailbox: Mailbox) -> None:
    mail.send(parcel(mail, news(recipients=("a@example.org", "b@example.org"))))
    assert mailbox.envelopes[-1].rcpt_tos == ["a@example.org", "b@example.org"]


def test_without_any_recipient_the_mail_is_given_up_with_the_remedy(serve: Serve) -> None:
    nobody = Mail(f"smtp://{serve()}", SENDER, None)
    with pytest.raises(DeliveryFailed, match="WATCHDESK_MAIL_TO") as failure:
        nobody.send(parcel(nobody, news()))
    assert not failure.value.retry_may_help


def test_one_refused_recipient_of_two_is_a_remark_and_no_failure(mail: Mail, mailbox: Mailbox) -> None:
    mailbox.refused = {"b@example.org": "550 no such user"}
    receipt = mail.send(parcel(mail, news(recipients=("a@example.org", "b@example.org"))))
    assert receipt.remark == "refused for b@example.org"


@pytest.mark.parametrize(("answer", "retry"), [("451 try later", True), ("552 mailbox full", False)])
def test_a_refused_mail_is_tried_again_only_when_the_relay_says_later(
    mail: Mail, mailbox: Mailbox, answer: str, retry: bool
) -> None:
    mailbox.answer = answer
    with pytest.raises(DeliveryFailed, match=answer) as failure:
        mail.send(parcel(mail, news()))
    assert failure.value.retry_may_help is retry


@pytest.mark.parametrize(("answer", "retry"), [("450 greylisted", True), ("550 no such user", False)])
def test_a_mail_refused_for_everybody_is_judged_by_the_recipients_codes(
    mail: Mail, mailbox: Mailbox, answer: str, retry: bool
) -> None:
    mailbox.refused = {"desk@example.org": answer}
    with pytest.raises(DeliveryFailed, match="refused every recipient") as failure:
        mail.send(parcel(mail, news()))
    assert failure.value.retry_may_help is retry


def test_a_relay_that_is_away_may_be_back_later() -> None:
    away = Mail(f"smtp://127.0.0.1:{free_port()}", SENDER, "desk@example.org")
    with pytest.raises(DeliveryFailed, match="could not be reached") as failure:
        away.send(parcel(away, news()))
    assert failure.value.retry_may_help


def test_a_relay_that_accepts_and_says_nothing_is_left_after_the_time_limit() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mail = Mail(f"smtp://127.0.0.1:{silent.getsockname()[1]}", SENDER, "d@example.org", timedelta(seconds=0.4))
        with pytest.raises(DeliveryFailed, match="timed out") as failure:
            mail.send(parcel(mail, news()))
    assert failure.value.retry_may_help


# The test server warns that a password in the clear is unwise; here it never leaves the machine.
unencrypted = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")


@unencrypted
def test_a_relay_that_wants_a_password_gets_it(serve: Serve, mailbox: Mailbox) -> None:
    seen: list[LoginPassword] = []

    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
    ) -> AuthResult:
        seen.append(login)
        return AuthResult(success=login.password == b"s3cret:/")

    address = serve(authenticator=check, auth_required=True, auth_require_tls=False)
    mail = Mail(f"smtp://me%40example.org:s3cret%3A%2F@{address}", SENDER, "desk@example.org")
    mail.send(parcel(mail, news()))
    assert seen[0].login == b"me@example.org"
    assert len(mailbox.envelopes) == 1


@unencrypted
def test_a_wrong_password_is_not_tried_for_ever(serve: Serve) -> None:
    def refuse(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    address = serve(authenticator=refuse, auth_required=True, auth_require_tls=False)
    mail = Mail(f"smtp://me:wrong@{address}", SENDER, "desk@example.org")
    with pytest.raises(DeliveryFailed, match="535") as failure:
        mail.send(parcel(mail, news()))
    assert not failure.value.retry_may_help
    assert "wrong" not in str(failure.value)


def test_smtps_speaks_tls_and_refuses_a_certificate_nobody_vouches_for(
    serve: Serve, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    mail = Mail(f"smtps://{serve(ssl_context=context)}", SENDER, "desk@example.org")
    with pytest.raises(DeliveryFailed, match="CERTIFICATE_VERIFY_FAILED"):
        mail.send(parcel(mail, news()))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    mail.send(parcel(mail, news()))
    assert len(mailbox.envelopes) == 1


def test_trying_out_greets_the_relay_and_sends_nothing(mail: Mail, mailbox: Mailbox) -> None:
    assert "answers 250" in mail.try_out()
    assert mailbox.envelopes == []


@pytest.mark.parametrize("url", ["http://x", "mail.example.org", "smtp://", "smtp://host:port"])
def test_a_relay_that_is_none_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(SettingsInvalid, match="smtp_url"):
        read_relay(url)


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file
