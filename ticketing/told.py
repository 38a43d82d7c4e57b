"""A signal on the desk: what was told, what deciding about it needs, and when."""

from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.desk import Desk
from watchdesk.signals import HealthSignal


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One signal, the desk that decides about it, and the instant of deciding.

    `may_wait` says that the signal came so recently that a parent's incident may still be on its way.
    """

    signal: HealthSignal
    desk: Desk
    now: datetime
    may_wait: bool = True

    def about(self, signal: HealthSignal) -> "Told":
        """The same occasion with another signal."""
        return replace(self, signal=signal)
