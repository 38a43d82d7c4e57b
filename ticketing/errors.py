"""The desk's errors.

WatchdeskError
├── NotFound
│   └── TicketNotFound         no ticket of that number
└── Refused
    ├── MoveRefused            the lifecycle or the human guard forbids a move; says which and why
    └── TicketChanged          the ticket is not any more what somebody saw who decided about it
"""

from ticketing.views import EntryView
from watchdesk.errors import NotFound, Refused


class TicketNotFound(NotFound):
    """No ticket has that number or id."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no ticket {name}; `watchdesk tickets list` shows them all")


class MoveRefused(Refused):
    """A move that the ticket's state, its actor or another ticket forbids."""


class TicketChanged(Refused):
    """Somebody acted, or it ended or began again, after it was looked at; `entries` say so, oldest first."""

    def __init__(self, number: str, entries: tuple[EntryView, ...]) -> None:
        last = entries[-1]
        message = f"{number} changed meanwhile: {last.text} ({last.at:%H:%M:%S} UTC); look at it again"
        super().__init__(message)
        self.number, self.entries = number, entries
