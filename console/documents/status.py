"""The status as a document."""

from typing import Any

from console.documents.plain import plain
from loop.status import Status
from watchdesk.settings import Settings


def status_document(status: Status | None, settings: Settings) -> dict[str, Any]:
    """The document of `status -o json` and of /api/v1/status; with None nothing has ever run here."""
    document: dict[str, Any] = {
        "ready": False,
        "url": settings.url,
        "prefect_url": settings.prefect_url,
        "monitors": dict.fromkeys(("ok", "warning", "critical", "unknown"), 0),
        "tickets_open": 0,
        "shift": None,
    }
    if status is not None:
        document |= {
            "ready": status.is_ready,
            "monitors": status.monitors,
            "tickets_open": status.tickets_open,
            "shift": status.shift,
            "awaited": status.awaited,
            "paused": status.paused,
            "roles": status.roles,
            "reconciliation": status.reconciliation,
            "definitions": status.definitions,
        }
    found: dict[str, Any] = plain(document)
    return found
