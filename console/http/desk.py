"""What every answer needs: settings, the database, the clock, and the definitions as they are now."""

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from starlette.requests import Request

from console.http.almanac import Almanac
from loop.definitions import Definitions, stamp_of
from loop.kept_definitions import KeptDefinitions, read_or_kept
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.settings import Settings

LOOK_EVERY_S = 1.0


class Shelf:
    """The definitions to show, read again after the files changed; while they are faulty, the last good version.

    Safe between threads.
    """

    def __init__(self, root: Path, clock: Clock, kept: KeptDefinitions | None = None) -> None:
        self._root, self._clock, self._kept, self._lock = root, clock, kept, Lock()
        self._stamp: object = None
        self._looked_at = -LOOK_EVERY_S
        self._definitions: Definitions | None = None

    def current(self) -> Definitions:
        """Looks at the files at most once a second."""
        with self._lock:
            now = self._clock.monotonic_s()
            if self._definitions is None or now - self._looked_at >= LOOK_EVERY_S:
                self._looked_at = now
                stamp = stamp_of(self._root)
                if self._definitions is None or stamp != self._stamp:
                    self._stamp = stamp
                    self._definitions, _ = read_or_kept(self._root, self._kept)
            return self._definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpDesk:
    """Handed to every endpoint by way of the application's state."""

    settings: Settings
    database: Database
    clock: Clock
    shelf: Shelf
    almanac: Almanac = field(default_factory=Almanac)


def desk_of(request: Request) -> HttpDesk:
    found: HttpDesk = request.app.state.desk
    return found
