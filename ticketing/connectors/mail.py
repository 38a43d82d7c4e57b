"""email: one mail per piece of news, threaded per ticket, through an SMTP relay.

Bodies are quoted-printable UTF-8, so that no line comes near the 998 octets of RFC 5322 section 2.1.1. Header values
are single lines of visible text, whatever a monitor's output contained.
"""

import json
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from ticketing.connectors.connector import DeliveryFailed, News, Parcel, Receipt
from ticketing.plain_text import one_line
from watchdesk.errors import SettingsInvalid

PORTS = {"smtp": 25, "smtps": 465}
POLICY = SMTP.clone(cte_type="7bit", utf8=False)


class Mail:
    """Sends through `relay` (smtp:// or smtps://, with user and password in it when the relay asks for them).

    `smtp://` turns to TLS when the relay offers it; a password is never sent in the clear beyond this machine.
    """

    name = "email"

    def __init__(self, relay: str, sender: str, to: str | None, time_limit: timedelta = timedelta(seconds=20)) -> None:
        self.time_limit = time_limit
        self._relay = read_relay(relay)
        self._sender = sender
        self._to = tuple(part.strip() for part in (to or "").split(",") if part.strip())

    def compose(self, news: News) -> Mapping[str, Any]:
        """Everything that the mail is made of, so that a second attempt is the same mail to the last octet."""
        is_first = news.op == "open"
        root = f"<{news.thread}@{self._domain}>"
        return {
            "to": list(news.recipients or self._to),
            "message_id": root if is_first else f"<{news.key.replace(':', '.')}@{self._domain}>",
            "thread": None if is_first else root,
            "date": news.at.isoformat(),
            "subject": f"[{news.number}] {news.subject}",
            "headers": {
                "X-Watchdesk-Ticket": news.number,
                "X-Watchdesk-Event": news.op.value,
                "X-Watchdesk-Service": news.service,
                "X-Watchdesk-Priority": news.priority,
                "X-Watchdesk-State": news.state,
            },
            "text": news.text,
            "html": news.html,
            "event": dict(news.event),
        }

    def find(self, thread: str) -> str | None:  # noqa: ARG002  a mailbox is not ours to search
        return None

    def send(self, parcel: Parcel) -> Receipt:
        message = self.message(parcel.payload)
        recipients = [str(address) for address in parcel.payload["to"]]
        if not recipients:
            reason = "no recipient: the service names none (mail_to) and WATCHDESK_MAIL_TO is not set"
            raise DeliveryFailed(reason, retry_may_help=False)
        with self._failures(), self._connected() as relay:
            refused = relay.send_message(message, from_addr=self._sender, to_addrs=recipients)
        remark = f"refused for {', '.join(sorted(refused))}" if refused else None
        return Receipt(remote_id=parcel.remote_id or f"<{parcel.ticket_id}@{self._domain}>", remark=remark)

    def read_back(self, parcel: Parcel, receipt: Receipt) -> Receipt:  # noqa: ARG002  a mailbox is not ours to read
        return receipt

    def try_out(self) -> str:
        """Greet the relay, and log in when that is configured; no mail is sent."""
        with self._failures(), self._connected() as relay:
            code, words = relay.noop()
        return f"{self._relay.host}:{self._relay.port} answers {code} {words.decode('utf-8', 'replace')}"

    @property
    def _domain(self) -> str:
        return self._sender.rpartition("@")[2] or "localhost"

    def message(self, payload: Mapping[str, Any]) -> EmailMessage:
        """The mail of a payload that `compose` made."""
        message = EmailMessage(policy=POLICY)
        message["From"] = Address("Watchdesk", addr_spec=self._sender)
        message["To"] = ", ".join(one_line(address) for address in payload["to"])
        message["Subject"] = one_line(payload["subject"], 200)
        message["Date"] = format_datetime(datetime.fromisoformat(payload["date"]))
        message["Message-ID"] = payload["message_id"]
        if payload["thread"]:
            message["In-Reply-To"] = payload["thread"]
            message["References"] = payload["thread"]
        message["Auto-Submitted"] = "auto-generated"
        message["Precedence"] = "bulk"
        message["X-Auto-Response-Suppress"] = "All"
        for name, value in payload["headers"].items():
            message[name] = one_line(value, 200)
        message.set_content(payload["text"], cte="quoted-printable")
        message.add_alternative(payload["html"], subtype="html", cte="quoted-printable")
        event = json.dumps(payload["event"], indent=2, sort_keys=True).encode()
        message.add_attachment(event, maintype="application", subtype="json", filename="ticket.json")
        return message

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        timeout_s = self.time_limit.total_seconds() / 2  # for one exchange of words
        tls = ssl.create_default_context()
        host, port = self._relay.host, self._relay.port
        if self._relay.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=timeout_s, context=tls)
        else:
            connection = smtplib.SMTP(host, port, timeout=timeout_s)
        with connection:
            self._secure(connection, tls)
            yield connection

    def _secure(self, connection: smtplib.SMTP, tls: ssl.SSLContext) -> None:
        connection.ehlo_or_helo_if_needed()
        is_plain = self._relay.scheme == "smtp"
        if is_plain and connection.has_extn("starttls") and not self._relay.is_local:
            connection.starttls(context=tls)
            connection.ehlo()
            is_plain = False
        if self._relay.user is None:
            return
        if is_plain and not self._relay.is_local:
            message = f"{self._relay.host} offers no TLS, so the password is not sent to it; use smtps://"
            raise DeliveryFailed(message, retry_may_help=False)
        connection.login(self._relay.user, self._relay.password or "")

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """What smtplib raises, as one error that knows whether a retry may help (RFC 5321: 4yz may, 5yz may not)."""
        where = f"{self._relay.host}:{self._relay.port}"
        try:
            yield
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            words = "; ".join(f"{who}: {code} {_words(text)}" for who, (code, text) in error.recipients.items())
            message = f"{where} refused every recipient: {words}"
            raise DeliveryFailed(message, retry_may_help=any(code < 500 for code in codes)) from error
        except smtplib.SMTPResponseException as error:
            message = f"{where} answered {error.smtp_code} {_words(error.smtp_error)}"
            raise DeliveryFailed(message, retry_may_help=error.smtp_code < 500) from error
        except smtplib.SMTPNotSupportedError as error:
            message = f"{where} cannot do what is needed: {error}"
            raise DeliveryFailed(message, retry_may_help=False) from error
        except (smtplib.SMTPException, OSError) as error:
            message = f"{where} could not be reached or hung up: {error}"
            raise DeliveryFailed(message, retry_may_help=True) from error


class Relay:
    """Where mail is handed in."""

    def __init__(self, scheme: str, host: str, port: int) -> None:
        self.scheme, self.host, self.port = scheme, host, port
        self.user: str | None = None
        self.password: str | None = None

    @property
    def is_local(self) -> bool:
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")


def read_relay(url: str) -> Relay:
    """The relay that a URL names. Raises SettingsInvalid without showing the password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        message = "setting 'smtp_url' is not a URL; write it like smtp://user:password@mail.example.org:587"
        raise SettingsInvalid(message) from error
    if parts.scheme not in PORTS or not parts.hostname:
        message = f"setting 'smtp_url' begins with '{parts.scheme}:'; write smtp://host:port or smtps://host:port"
        raise SettingsInvalid(message)
    relay = Relay(parts.scheme, parts.hostname, port or PORTS[parts.scheme])
    relay.user = unquote(parts.username) if parts.username else None
    relay.password = unquote(parts.password) if parts.password else None
    return relay


def _words(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return one_line(text, 300)
