"""The desk's errors.

WatchdeskError
├── NotFound
│   └── TicketNotFound         no ticket of that number
└── Refused
    └── MoveRefused            the lifecycle or the human guard forbids a move; says which and why
"""

from watchdesk.errors import NotFound, Refused


class TicketNotFound(NotFound):
    """No ticket has that number or id."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no ticket {name}; `watchdesk tickets list` shows them all")


class MoveRefused(Refused):
    """A move that the ticket's state, its actor or another ticket forbids."""
