"""`up` and `down` as a person types them."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil

from console.http.lock import require_lock
from console.supervision import marks, record
from console.supervision.children import ROOT
from console.supervision.last_words import dying, end_of, written_since
from console.supervision.planned_end import note_deaths, note_planned_end
from console.supervision.prefect_database import where_prefect_writes
from console.supervision.preflight import claim_ports, make_home, reach_databases
from console.supervision.readiness import Observer, Readiness
from console.supervision.supervisor import Begun, supervise
from console.supervision.tree import CHILDREN_S, FLOW_RUNS_S, REST_S, end_everything
from watchdesk.clock import Clock, SystemClock
from watchdesk.settings import Settings, environment_of
from watchdesk.wording import counted, verb

PATIENCE_S = 240.0  # a busy machine of two cores may take minutes; what is missing is told after that
LOOK_EVERY_S = 0.3
READY, NOT_READY, DIED = 0, 7, 1

Say = Callable[[str], None]


def up(settings: Settings, *, detach: bool, say: Say) -> int:
    """Start everything. In the foreground until Ctrl-C; detached until every monitor has a first result.

    Raises DefinitionsInvalid, SettingsInvalid, Refused or DatabaseUnavailable before anything is started. `say`
    gets sentences for a person. Returns the exit code.
    """
    clock = SystemClock()
    observer = Observer(settings, clock)
    make_home(settings.home)
    require_lock(settings)
    reach_databases(settings)
    if detach:
        return _detached(settings, observer, clock, say)
    supervise(settings, _Greeter(observer, settings, clock, say).look)
    say("Everything is ended.")
    return READY


def down(settings: Settings, *, say: Say) -> int:
    """End everything that an `up` of this home started, also when its supervisor is gone; fine when nothing runs."""
    known = record.read_record(settings.home)
    count = len(marks.of_home(settings.home))
    supervisor = known.pid if known is not None and known.is_running and record.is_locked(settings.home) else None
    if supervisor is None and not count:
        say(f"Nothing is up on {settings.home}.")
        return READY
    note_deaths(settings)
    if supervisor is not None:
        _end_supervisor(supervisor)
    end_everything(settings.home)
    note_planned_end(settings)
    record.remove_record(settings.home)
    say(f"Everything is ended ({counted(count + 1, 'process', 'processes')}).")
    return READY


def _end_supervisor(pid: int) -> None:
    try:
        supervisor = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return
    marks.kill(marks.end([supervisor], FLOW_RUNS_S + CHILDREN_S + REST_S + 5))


def _detached(settings: Settings, observer: Observer, clock: Clock, say: Say) -> int:
    with record.only_one(settings.home):
        if not marks.of_home(settings.home):  # otherwise what is left behind holds the ports; it is ended first
            claim_ports(settings)
    path = settings.home / "logs" / "up.log"
    begun_at = path.stat().st_size if path.exists() else 0
    process = _spawn(settings, path)
    until = clock.monotonic_s() + PATIENCE_S
    found = Readiness(missing=("the supervisor has not begun yet",))
    while not found.is_ready and clock.monotonic_s() < until:
        try:
            process.wait(LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            known = record.read_record(settings.home)
            if known is not None and known.pid == process.pid:  # not what an earlier one left behind
                found = observer.look()
            if not found.is_ready and (reasons := dying(path.parent, begun_at)):
                found = replace(found, missing=(*found.missing, *reasons))
                break
        else:
            say(f"The start failed; {path} says:\n{end_of(written_since(path, begun_at))}")
            return process.returncode or DIED
    for line in _result(found, settings):
        say(line)
    return READY if found.is_ready else NOT_READY


def _spawn(settings: Settings, path: Path) -> subprocess.Popen[bytes]:
    with path.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "console.supervision"],
            cwd=ROOT,
            env=environment_of(settings) | {marks.MARK: "supervisor"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _result(found: Readiness, settings: Settings) -> tuple[str, ...]:
    if found.is_ready:
        records = f", its records in {where_prefect_writes(settings)}" if settings.database_url else ""
        watched = f"{counted(found.monitors, 'monitor')} {verb(found.monitors, 'is', 'are')} watched"
        return (f"{watched}. Open {settings.url}", f"Prefect: {settings.prefect_url}{records}")
    heading = f"Started, but not ready (logs in {settings.home / 'logs'}):"
    return (heading, *(f"  {missing}" for missing in found.missing))


class _Greeter:
    """Says once that all is ready, and says when a process keeps dying."""

    def __init__(self, observer: Observer, settings: Settings, clock: Clock, say: Say) -> None:
        self._observer, self._settings, self._clock, self._say = observer, settings, clock, say
        self._is_greeted = False
        self._next_s = 0.0
        self._deaths = 0
        say("Starting …")

    def look(self, begun: Begun) -> None:
        self._tell_deaths(begun)
        if self._is_greeted or self._clock.monotonic_s() < self._next_s:
            return
        self._next_s = self._clock.monotonic_s() + LOOK_EVERY_S
        found = self._observer.look()
        if found.is_ready:
            self._is_greeted = True
            for line in (*_result(found, self._settings), "Ctrl-C ends everything."):
                self._say(line)

    def _tell_deaths(self, begun: Begun) -> None:
        deaths = sum(child.deaths for child in begun.children)
        if deaths > self._deaths:
            self._deaths = deaths
            names = ", ".join(child.name for child in begun.children if child.pid is None)
            self._say(f"{names or 'a process'} died and is started again; see {self._settings.home / 'logs'}")
