"""A connector as another package would bring it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ticketing.connectors.connector import News, Parcel, Receipt
from watchdesk.clock import Clock
from watchdesk.settings import Settings


class Pager:
    """Beeps."""

    name = "pager"
    time_limit = timedelta(seconds=1)

    def compose(self, news: News) -> Mapping[str, Any]:
        return {"beep": news.subject}

    def find(self, thread: str) -> str | None:
        return thread or None

    def send(self, parcel: Parcel) -> Receipt:
        return Receipt(remote_id=parcel.ticket_id)

    def read_back(self, parcel: Parcel, receipt: Receipt) -> Receipt:
        return receipt if parcel.payload else Receipt()

    def try_out(self) -> str:
        return "it beeps"


def make(_settings: Settings, _clock: Clock) -> Pager:
    return Pager()
