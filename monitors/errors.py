"""The errors of monitors.

MonitorsError
└── TextInvalid                a condition, literal, range, pattern or performance figure that cannot be read
"""

from watchdesk.errors import WatchdeskError


class MonitorsError(WatchdeskError):
    """Base of what monitors raise."""


class TextInvalid(MonitorsError, ValueError):
    """A text of a definition or of a plugin that cannot be read; `column` counts characters from 1."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.column = column

    def moved(self, by: int) -> "TextInvalid":
        """The same complaint about a part that begins `by` characters further on."""
        return TextInvalid(self.message, self.column + by)
