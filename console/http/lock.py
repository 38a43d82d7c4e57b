"""The lock on the console's door: without a password it stands open to this machine only."""

from watchdesk.errors import SettingsInvalid
from watchdesk.settings import Settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


def require_lock(settings: Settings) -> None:
    """Raises SettingsInvalid when the console would stand open to other machines without a password."""
    if settings.host not in LOOPBACK and not settings.password:
        message = (
            f"setting 'host' = '{settings.host}' opens the console to other machines, and no password is set; "
            "set WATCHDESK_PASSWORD, or keep host = '127.0.0.1'"
        )
        raise SettingsInvalid(message)
