"""What a connector is: something that can be told about a ticket, and asked what it calls it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ticketing.outbox import Operation
from watchdesk.errors import WatchdeskError


class DeliveryFailed(WatchdeskError):
    """The other side did not take it. With `retry_may_help` false it never will, as it stands.

    `retry_after` is the least wait that the other side asked for.
    """

    def __init__(self, message: str, *, retry_may_help: bool, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_may_help = retry_may_help
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What happened to a ticket, rendered for people, with the facts for machines.

    `key` is unique for the news and connector and the same on every attempt; `thread` the same for all news of one
    ticket. `event` is a CloudEvent whose `data` are the ticket's facts. `recipients` are mail addresses that the
    ticket's service names.
    """

    key: str
    thread: str
    number: str
    op: Operation
    at: datetime
    service: str
    priority: str
    state: str
    subject: str
    text: str
    html: str
    event: Mapping[str, Any]
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What goes out: composed once, sent as often as needed. `remote_id` is the ticket's name on the other side."""

    key: str
    ticket_id: str
    op: Operation
    remote_id: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the other side made of it. `remark` is worth a person's eye, as when one of two recipients was refused."""

    remote_id: str | None = None
    remote_state: str | None = None
    remark: str | None = None


class Connector(Protocol):
    """One way out. Every method may raise DeliveryFailed; none may take longer than `time_limit`."""

    name: str
    time_limit: timedelta

    def compose(self, news: News) -> Mapping[str, Any]:
        """The payload of a piece of news, as JSON can hold it; nothing is sent yet."""
        ...

    def find(self, thread: str) -> str | None:
        """What the other side calls the ticket of this thread, when it can be asked; else None."""
        ...

    def send(self, parcel: Parcel) -> Receipt:
        """Tell the other side. With a parcel without `remote_id` the ticket is created there."""
        ...

    def read_back(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        """What the other side really holds now; the receipt itself where it cannot be asked.

        Raises DeliveryFailed when what was told is not there.
        """
        ...

    def try_out(self) -> str:
        """Reach the other side without telling it about a ticket; one sentence of what was found."""
        ...
