"""The kernel's errors.

WatchdeskError                 base of every error that Watchdesk raises on purpose
├── DefinitionsInvalid         definitions with faults; carries them all
├── SettingsInvalid            a setting that cannot be used
├── NotFound                   no such ticket, monitor, runbook …
├── Refused                    a policy, a lifecycle or a guard says no; carries the reason
└── DatabaseUnavailable        the database cannot be reached or written now; a retry may help
    └── DatabaseRefused        it answers, but takes neither this user nor this name: a setting is wrong
"""


class WatchdeskError(Exception):
    """Base. `retry_may_help` tells a caller whether trying again later can change the outcome."""

    retry_may_help = False


class SettingsInvalid(WatchdeskError):
    """A setting that cannot be used; the message names it, its value and what to do."""


class NotFound(WatchdeskError):
    """The thing that was named does not exist."""


class Refused(WatchdeskError):
    """A rule says no. HTTP answers 409, the command line exits with 6."""


class DatabaseUnavailable(WatchdeskError):
    """The database cannot be reached or written at present."""

    retry_may_help = True


class DatabaseRefused(DatabaseUnavailable):
    """The server is there and lets us not in. A watch that runs waits all the same: somebody may put it right."""
