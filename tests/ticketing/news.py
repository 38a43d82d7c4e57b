"""News as connectors get them, for tests that need no ticket behind it."""

from datetime import UTC, datetime
from typing import Any

from ticketing.connectors.connector import Connector, News, Parcel
from ticketing.outbox import Operation

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TICKET = "0195577d-8000-7000-8000-000000000001"


def news(op: Operation = Operation.OPEN, seq: int = 1, **given: Any) -> News:
    usual: dict[str, Any] = {
        "key": f"some:{TICKET}:{seq}",
        "thread": TICKET,
        "number": "INC-1042",
        "op": op,
        "at": AT,
        "service": "shop",
        "priority": "P1",
        "state": "new",
        "subject": "[Web shop] Shop answers on web-1",
        "text": "Customers cannot order.\n",
        "html": "<p>Customers cannot order.</p>",
        "event": {
            "specversion": "1.0",
            "id": f"some:{TICKET}:{seq}",
            "data": {"number": "INC-1042", "fingerprint": "monitor/shop-web"},
        },
    }
    return News(**(usual | given))


def parcel(connector: Connector, told: News, remote_id: str | None = None) -> Parcel:
    """What delivery makes of a piece of news."""
    return Parcel(key=told.key, ticket_id=told.thread, op=told.op, remote_id=remote_id, payload=connector.compose(told))
