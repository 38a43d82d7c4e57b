"""The desk: what its decisions need to know about services, calendars and monitors."""

from collections.abc import Callable
from dataclasses import dataclass

from watchdesk.calendars import Calendars
from watchdesk.catalogue import Catalogue
from watchdesk.signals import RecoveryEvidence

Look = Callable[[str], RecoveryEvidence | None]


def sees_nothing(monitor: str) -> None:
    """The look of a desk that was given no eyes: nothing is known about any monitor."""


@dataclass(frozen=True, slots=True)
class Desk:
    """`look` tells what a monitor shows now, for conditions folded into a ticket; None means that nobody can say."""

    catalogue: Catalogue
    calendars: Calendars
    look: Look = sees_nothing
