"""What a repair is surrounded by: the definitions in use, the monitors' eyes, and where secrets come from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from monitors.monitor import Monitor
from monitors.observation import Observation
from runbooks.model import Runbook
from watchdesk.calendars import Calendars
from watchdesk.catalogue import Catalogue
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.signals import RecoveryEvidence


class Eyes(Protocol):
    """Looks at monitors for whoever must be convinced."""

    def evidence(self, monitor: str) -> RecoveryEvidence: ...

    def hurry(self, monitor: str) -> None: ...

    def probe(self, monitor: str) -> Observation: ...


class Premises(Protocol):
    """The definitions in use."""

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def calendars(self) -> Calendars: ...

    @property
    def monitors(self) -> Mapping[str, Monitor]: ...

    @property
    def runbooks(self) -> Mapping[str, Runbook]: ...

    @property
    def root(self) -> Path: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`definitions` gives those in use at the moment of asking; `secret` the value behind a name, or raises."""

    definitions: Callable[[], Premises]
    secret: Callable[[str], str]
    ssh_config: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What an attempt works with. `pause` waits so many seconds, and raises Interrupted when the worker is to stop."""

    database: Database
    clock: Clock
    eyes: Eyes
    surroundings: Surroundings
    pause: Callable[[float], None]
