"""webhook: a signed POST of a CloudEvent to one address.

The signature is `v1=` and the hex HMAC-SHA256 of `<timestamp>.<body>` under the shared secret, the timestamp being
the seconds in `Watchdesk-Timestamp`: a receiver recomputes it and refuses old timestamps.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3

from ticketing.connectors.connector import DeliveryFailed, News, Parcel, Receipt
from watchdesk.clock import Clock

RETRIABLE = {408, 425, 429}
LONGEST_WAIT = timedelta(hours=1)
MAX_ANSWER_BYTES = 64 * 1024


class Webhook:
    """Posts to `url`; without a secret the posts are unsigned. Redirects are not followed: they would lose the body."""

    name = "webhook"

    def __init__(
        self, url: str, secret: str | None, clock: Clock, time_limit: timedelta = timedelta(seconds=10)
    ) -> None:
        self.time_limit = time_limit
        self._url, self._secret, self._clock = url, secret, clock

    def compose(self, news: News) -> Mapping[str, Any]:
        """The CloudEvent of the news, with the ticket as text besides."""
        return {**news.event, "data": {**news.event["data"], "title": news.subject, "text": news.text}}

    def find(self, thread: str) -> str | None:  # noqa: ARG002  a webhook cannot be asked
        return None

    def send(self, parcel: Parcel) -> Receipt:
        payload = dict(parcel.payload)
        if parcel.remote_id is not None:
            payload["remoteid"] = parcel.remote_id
        answer = self._post(json.dumps(payload, ensure_ascii=False, sort_keys=True).encode(), parcel.key)
        return Receipt(remote_id=_text(answer, "id"), remote_state=_text(answer, "state"))

    def read_back(self, parcel: Parcel, receipt: Receipt) -> Receipt:  # noqa: ARG002  a webhook cannot be asked
        return receipt

    def try_out(self) -> str:
        """Post an event of the type `watchdesk.test`, which a receiver acknowledges and otherwise ignores."""
        now = self._clock.now()
        key = f"test:{now.isoformat()}"
        event = {
            "specversion": "1.0",
            "id": key,
            "source": "watchdesk",
            "type": "watchdesk.test",
            "time": now.isoformat(),
            "data": {"text": "A test of the webhook; no ticket is behind it."},
        }
        self._post(json.dumps(event).encode(), key)
        return f"{self._url} accepted a test event"

    def _post(self, body: bytes, key: str) -> Any:
        deadline = self._clock.monotonic_s() + self.time_limit.total_seconds()
        try:
            with requests.Session() as session:
                session.trust_env = False  # neither a proxy nor a .netrc of whoever started us
                return self._exchange(session, body, key, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            message = f"{self._url} could not be reached or did not answer in time: {error}"
            raise DeliveryFailed(message, retry_may_help=not _is_hopeless(error)) from error

    def _exchange(self, session: requests.Session, body: bytes, key: str, deadline: float) -> Any:
        limit_s = self.time_limit.total_seconds()
        with session.post(
            self._url,
            data=body,
            headers=self._headers(body, key),
            timeout=(limit_s / 2, limit_s),
            allow_redirects=False,
            stream=True,
        ) as response:
            text = self._read(response, deadline)
            self._judge(response, text)
        try:
            return json.loads(text)
        except ValueError:
            return None

    def _headers(self, body: bytes, key: str) -> dict[str, str]:
        stamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "watchdesk",
            "Idempotency-Key": key,
            "Watchdesk-Timestamp": stamp,
        }
        if self._secret:
            headers["Watchdesk-Signature"] = f"v1={signature(self._secret, stamp, body)}"
        return headers

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        """The beginning of the answer; whoever drips it slowly is cut off at the deadline."""
        found = b""
        while len(found) < MAX_ANSWER_BYTES:
            chunk = response.raw.read1(4096, decode_content=True)
            if not chunk:
                break
            found += chunk
            if self._clock.monotonic_s() > deadline:
                message = "the answer took too long"
                raise requests.Timeout(message)
        return found[:MAX_ANSWER_BYTES]

    def _judge(self, response: requests.Response, text: bytes) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        words = text[:200].decode("utf-8", "replace").strip()
        message = f"{self._url} answered {status}" + (f": {words}" if words else "")
        if 300 <= status < 400:
            message += f"; redirects are not followed, so set the address to {response.headers.get('Location', '?')}"
        waits = self._retry_after(response.headers.get("Retry-After"))
        raise DeliveryFailed(message, retry_may_help=status >= 500 or status in RETRIABLE, retry_after=waits)

    def _retry_after(self, value: str | None) -> timedelta | None:
        """Seconds or a date (RFC 9110 section 10.2.3), at most an hour."""
        if value is None:
            return None
        try:
            if value.strip().isdigit():
                waits = timedelta(seconds=int(value))
            else:
                waits = parsedate_to_datetime(value) - self._clock.now()
        except (ValueError, TypeError, OverflowError):
            return None
        return min(max(waits, timedelta(0)), LONGEST_WAIT)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The hex HMAC-SHA256 that a receiver compares."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _is_hopeless(error: Exception) -> bool:
    wrong_address = (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
        requests.exceptions.InvalidHeader,
    )
    return isinstance(error, wrong_address)


def _text(answer: Any, key: str) -> str | None:
    found = answer.get(key) if isinstance(answer, dict) else None
    return str(found)[:500] if isinstance(found, str | int) else None
