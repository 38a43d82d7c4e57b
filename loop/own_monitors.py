"""What Watchdesk watches about itself: monitors that no file defines, no list shows, and no service is measured by."""

from collections.abc import Mapping
from datetime import timedelta

from monitors.monitor import FlapRule, Monitor
from watchdesk.catalogue import Place
from watchdesk.fingerprints import OWN
from watchdesk.signals import ResolvePolicy

SERVICE = "watchdesk"  # its owner gets the tickets, when it is defined
EVERY = timedelta(seconds=10)
POLICY = ResolvePolicy(after=6, grace=timedelta(minutes=2), reopen_within=timedelta(hours=1))
NEVER_FLAPS = FlapRule(high=100.0, low=100.0)  # a relief is missing for a moment at every hand-over
LATE_FOR = timedelta(minutes=3)
ALONE_FOR = timedelta(minutes=5)
INTERRUPTION, LATENESS, RELIEF = f"{OWN}interruption", f"{OWN}lateness", f"{OWN}relief"


def _own(name: str, title: str, lasting: timedelta = EVERY) -> Monitor:
    """A monitor that is confirmed when it has been bad at every look for as long as `lasting`."""
    return Monitor(
        id=name,
        kind="watch",
        form=None,
        title=title,
        service=SERVICE,
        every=EVERY,
        timeout=EVERY,
        attempts=lasting // EVERY,
        retry=EVERY,
        resolve=POLICY,
        flap=NEVER_FLAPS,
        place=Place(file="loop/own_monitors.py", line=1),
        version="1",
    )


OWN_MONITORS: Mapping[str, Monitor] = {
    monitor.id: monitor
    for monitor in (
        _own(INTERRUPTION, "The watch was interrupted"),
        _own(LATENESS, "Checks begin too late", LATE_FOR),
        _own(RELIEF, "No relief stands ready for the watch", ALONE_FOR),
    )
}
