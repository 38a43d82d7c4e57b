"""What libcurl tells of the certificates that a server sent: a chain of (field, text) pairs, the server's own first."""

from collections.abc import Sequence
from ssl import cert_time_to_seconds

Chain = Sequence[Sequence[tuple[str, str]]]


def field_of(chain: Chain, name: str) -> str | None:
    """A field of the server's own certificate, by its name in any case; None when it is not there."""
    if not chain:
        return None
    return next((text for key, text in chain[0] if key.lower() == name), None)


def expires_in_s(chain: Chain, now: float) -> float | None:
    """Seconds until the server's own certificate expires; negative when it has. None when there is none."""
    date = field_of(chain, "expire date")
    return None if date is None else cert_time_to_seconds(date) - now
