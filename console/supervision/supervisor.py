"""One `up`, in the foreground of this process until it is told to stop."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from console.demo.past import remember_past
from console.migrations.upgrading import upgrade
from console.supervision import marks, record
from console.supervision.children import Child, programs
from console.supervision.environment import environment_for
from console.supervision.planned_end import note_deaths, note_planned_end
from console.supervision.preflight import claim_ports, make_home
from console.supervision.tree import Tree, end_everything
from watchdesk.clock import Clock, SystemClock
from watchdesk.database import Database
from watchdesk.ids import new_id
from watchdesk.processes import this_process
from watchdesk.settings import Settings

SERVER = "prefect"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An `up` that has begun: its record, and the children that are tended."""

    record: record.UpRecord
    children: tuple[Child, ...]


def supervise(settings: Settings, beside: Callable[[Begun], None]) -> None:
    """Start everything, tend it until TERM or Ctrl-C, end everything. Raises before anything is started.

    The Prefect server takes longest to be ready, so it is started first and the schema is brought up to date
    meanwhile. `beside` is called several times a second.
    """
    make_home(settings.home)
    with record.only_one(settings.home):
        if marks.of_home(settings.home):
            log.warning("ended what an earlier start left behind", killed=end_everything(settings.home))
        claim_ports(settings)
        begun = _begin(settings, SystemClock())
        tree = Tree(settings.home, begun.children)
        tree.stop_on_signals()
        try:
            _prepare(settings, begun)
            tree.run(lambda: beside(begun), lambda: note_deaths(settings))
            note_planned_end(settings)
        finally:
            end_everything(settings.home)
            record.remove_record(settings.home)


def _begin(settings: Settings, clock: Clock) -> Begun:
    me = this_process()
    known = record.UpRecord(
        up_id=new_id(clock.now()),
        pid=me.pid,
        host=me.host,
        started=me.started,
        url=settings.url,
        prefect_url=settings.prefect_url,
        since=clock.now().isoformat(),
    )
    record.write_record(settings.home, known)
    environment = environment_for(settings, known.up_id)
    folder = settings.home / "logs"
    children = tuple(Child(program, environment, folder, clock) for program in programs(settings))
    return Begun(record=known, children=children)


def _prepare(settings: Settings, begun: Begun) -> None:
    next(child for child in begun.children if child.name == SERVER).tend()
    with Database(settings.database) as database:
        before, after = upgrade(database)
        remember_past(settings, database, SystemClock())
    if before != after:
        log.info("schema upgraded", before=before, after=after)
