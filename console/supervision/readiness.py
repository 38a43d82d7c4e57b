"""Whether an `up` is ready: Prefect and the console answer, somebody watches, every monitor has a first result."""

from dataclasses import dataclass

import requests

from loop.definitions import Definitions, load
from loop.places import definitions_root
from loop.status import status
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import WatchdeskError
from watchdesk.settings import Settings
from watchdesk.wording import counted, verb

PATIENCE_S = 2.0
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What is still missing, in words; ready when nothing is."""

    missing: tuple[str, ...]
    monitors: int = 0

    @property
    def is_ready(self) -> bool:
        return not self.missing


class Observer:
    """Looks at an `up` from outside. Raises DefinitionsInvalid when made with faulty definitions."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._definitions: Definitions = load(definitions_root(settings))

    def look(self) -> Readiness:
        """What is missing now; who watches is asked only once the servers answer, as no shift begins before."""
        missing = tuple(
            f"{name} does not answer yet at {url}"
            for name, url in (
                ("Prefect", f"{self._settings.prefect_url}/api/health"),
                ("the console", f"{self._settings.url}/healthz"),
            )
            if not answers(url)
        )
        return Readiness(missing=missing or self._watch(), monitors=len(self._definitions.monitors))

    def _watch(self) -> tuple[str, ...]:
        try:
            with Database(self._settings.database) as database, database.reading() as session:
                found = status(session, self._definitions, self._clock.now())
        except WatchdeskError as error:
            return (str(error),)
        if found.shift is None:
            return ("no shift has begun to watch yet",)
        if found.awaited:
            names = ", ".join(found.awaited[:SHOWN]) + (" …" if len(found.awaited) > SHOWN else "")
            stumbling = (f"the role '{role.role}' fails: {role.last_error}" for role in found.roles if role.last_error)
            count = len(found.awaited)
            return (f"{counted(count, 'monitor')} {verb(count, 'has', 'have')} no result yet: {names}", *stumbling)
        return ()


def answers(url: str) -> bool:
    """Whether a server is there and well; asked without any proxy, as it is on this machine."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=PATIENCE_S).ok
        except requests.RequestException:
            return False
