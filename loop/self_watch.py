"""Who watches the watch: it looks at itself, and what it sees goes the way of everything else that is watched."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import structlog

from loop.lateness import remembered
from loop.own_monitors import EVERY, INTERRUPTION, LATENESS, OWN_MONITORS, RELIEF
from monitors import queries
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.state import MonitorState, Verdict
from watchdesk import interruptions, shifts
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.health import Health
from watchdesk.interruptions import UNWATCHED, Interruption

AGAIN_AFTER = timedelta(seconds=1)  # while the database is away
WATCHED = Verdict(health=Health.OK, summary="somebody watches")
Look = tuple[Monitor, Observation, Verdict]
log = structlog.get_logger(__name__)


class SelfWatch:
    """Looks every ten seconds, and at once at the beginning and after the watch was held up.

    `known` are the states of all monitors, kept up to date by the caller. To be made before the shift's first turn:
    what was interrupted is read from what the shift before it left. It is kept until it was told.
    """

    def __init__(self, database: Database, clock: Clock, known: Mapping[str, MonitorState]) -> None:
        self._database, self._clock, self._known = database, clock, known
        self.lateness = remembered(self._state(LATENESS).memory)
        with database.reading() as session:
            newest = queries.newest_result_at(session)
            self._untold = interruptions.before_this_shift(session, newest, clock.now())
        self._turned_at, self._turned_s = clock.now(), clock.monotonic_s()
        self._due_s = self._looked_s = self._turned_s
        self._held_up_until = 0.0

    def note_lateness(self, due_at: float | None, share: float) -> None:
        """A check began this late, as a share of its interval. What was due while the watch was held up is left out:
        that is told as an interruption.
        """
        if due_at is None or due_at >= self._held_up_until:
            self.lateness.note(share)

    def look(self) -> tuple[Look, ...]:
        """What is seen now; mostly nothing, as it is not due. To be asked at every turn of the watch."""
        now, now_s = self._clock.now(), self._clock.monotonic_s()
        if now_s - self._turned_s > UNWATCHED.total_seconds():
            self._untold = self._untold or interruptions.within_this_shift(self._turned_at, now)
            self._due_s, self._held_up_until = now_s, now.timestamp()
            self.lateness.forget()
        self._turned_at, self._turned_s = now, now_s
        if now_s < self._due_s:
            return ()
        try:
            found = tuple(self._looks(now))
        except DatabaseUnavailable as error:
            log.warning("the watch cannot look at itself", reason=str(error))
            self._due_s = now_s + AGAIN_AFTER.total_seconds()
            return ()
        self._untold, self._due_s, self._looked_s = None, now_s + EVERY.total_seconds(), now_s
        return found

    def _looks(self, now: datetime) -> Iterator[Look]:
        with self._database.reading() as session:
            relief = shifts.standing_ready(session, now)
        if self._untold is not None:  # until then somebody watched: an interruption after another is one of its own
            yield _seen(INTERRUPTION, WATCHED, self._untold.since)
            yield _seen(INTERRUPTION, _broken(self._untold), now, self._untold.since)
        else:
            yield _seen(INTERRUPTION, WATCHED, now)
        yield _seen(LATENESS, self._late(), now)
        yield _seen(RELIEF, _relieved(relief), now)

    def _late(self) -> Verdict:
        self.lateness.grow_older(self._clock.monotonic_s() - self._looked_s)
        return self.lateness.verdict(was_confirmed=self._state(LATENESS).hard_health is Health.WARNING)

    def _state(self, name: str) -> MonitorState:
        return self._known.get(name) or MonitorState(monitor=name)


def _broken(interruption: Interruption) -> Verdict:
    return Verdict(health=Health.WARNING, summary=str(interruption))


def _relieved(relief: str | None) -> Verdict:
    if relief is not None:
        return Verdict(health=Health.OK, summary="a relief stands ready")
    return Verdict(
        health=Health.WARNING,
        summary="no relief stands ready: if the process that watches dies, nobody takes over at once. "
        "Prefect starts the relief; is its server up, and does a worker or runner serve it?",
    )


def _seen(name: str, verdict: Verdict, now: datetime, since: datetime | None = None) -> Look:
    began = None if since is None else since.timestamp()
    at = now.timestamp()
    return OWN_MONITORS[name], Observation(monitor=name, at=at, ended=at, text=verdict.summary, since=began), verdict
