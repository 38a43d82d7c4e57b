"""`demo off`: the demo taken away with everything it ever recorded, and nothing else.

What is the demo's is told by name: the monitors and services that the shipped definitions of the demo name.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from console.demo.composing import take_out
from console.demo.layout import SHIPPED, Layout, is_set_up, layout_of
from console.demo.processes import ask_keeper
from console.supervision import record
from loop.definitions import load, version_of
from loop.places import definitions_root
from monitors.storage.forgetting import forget
from runbooks import demonstration as of_runbooks
from runbooks import inventory
from ticketing import demonstration as of_tickets
from watchdesk import definition_status, shifts
from watchdesk import demonstration as of_kernel
from watchdesk.catalogue import Catalogue
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.demonstration import Names
from watchdesk.errors import Refused
from watchdesk.settings import Settings

PATIENCE_S = 60.0  # a busy machine changes its watch meanwhile
LOOK_EVERY_S = 0.3
QUIET_S = 1.5  # what the watch had begun when the definitions changed is written within a second
MOST_ROUNDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """How much was taken away."""

    tickets: int
    monitors: int
    remediations: int
    others: int = 0

    def __bool__(self) -> bool:
        return bool(self.tickets or self.monitors or self.remediations or self.others)

    def __add__(self, more: "Removed") -> "Removed":
        return Removed(
            tickets=self.tickets + more.tickets,
            monitors=max(self.monitors, more.monitors),
            remediations=self.remediations + more.remediations,
            others=self.others + more.others,
        )


def turn_off(settings: Settings, database: Database, clock: Clock, who: str) -> Removed:
    """End the demo's services, unwatch its monitors, delete its records; fine when there is nothing.

    While an `up` goes on, it goes on with the machine's own definitions. Raises Refused when the watch does not let
    go of the demo's monitors in time: deleting under its eyes would leave something behind.
    """
    layout, is_up = layout_of(settings), record.is_locked(settings.home)
    if is_set_up(settings):
        _end_services(layout, is_up=is_up)
    if layout.definitions.is_dir():
        take_out(layout.definitions)
        if is_up:
            _wait_until(lambda: _is_let_go(database, layout, clock), "the watch still uses the demo's definitions")
    removed = _remove_all(database, _own_catalogue(settings, layout), who, is_up=is_up)
    _remove_files(layout, is_up=is_up)
    if not is_up:
        with database.writing() as session:
            of_kernel.forget_folder(session, str(layout.definitions))
    return removed


def remove_records(session: Session, names: Names) -> Removed:
    """Delete what stands in the database about the demo's monitors and services."""
    tickets = of_tickets.remove(session, names.monitors)
    remediations = of_runbooks.remove(session, names.monitors, tickets.tickets)
    others = of_kernel.remove(session, names, remediations)
    monitors = forget(session, names.monitors)
    return Removed(
        tickets=len(tickets.tickets), monitors=monitors, remediations=len(remediations), others=others + tickets.signals
    )


def names_of_demo() -> Names:
    """What the shipped definitions of the demo name."""
    shipped = load(SHIPPED)
    return Names(monitors=frozenset(shipped.monitors), services=frozenset(shipped.catalogue.services))


def _end_services(layout: Layout, *, is_up: bool) -> None:
    layout.services.unlink(missing_ok=True)  # a keeper that is started again starts nothing
    if is_up:
        ask_keeper(layout, "off")
        _wait_until(lambda: not any((layout.folder / "run").glob("*.pid")), "the demo's services do not end")


def _is_let_go(database: Database, layout: Layout, clock: Clock) -> bool:
    """Whether nobody watches, or whoever does uses the definitions as they are without the demo's."""
    wanted = version_of(layout.definitions)
    with database.reading() as session:
        used = {row.root: row.version for row in definition_status.status(session)}
        return used.get(str(layout.definitions)) == wanted or shifts.on_duty(session, clock.now()) is None


def _remove_all(database: Database, own: Catalogue, who: str, *, is_up: bool) -> Removed:
    """Until nothing more is found: what was under way when it began is written a moment later."""
    names, removed = names_of_demo(), Removed(tickets=0, monitors=0, remediations=0)
    for _ in range(MOST_ROUNDS):
        with database.writing() as session:
            more = remove_records(session, names)
            if more and not removed:
                inventory.accept(session, own, who)  # fewer services from now on are no accident
        removed = removed + more
        if not is_up or not more:
            break
        time.sleep(QUIET_S)
    return removed


def _own_catalogue(settings: Settings, layout: Layout) -> Catalogue:
    root = layout.definitions if layout.definitions.is_dir() else definitions_root(settings)
    return load(root).catalogue


def _remove_files(layout: Layout, *, is_up: bool) -> None:
    """An `up` that goes on reads its definitions from where it always did."""
    if not layout.folder.is_dir():
        return
    for path in layout.folder.iterdir():
        if is_up and path == layout.definitions:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    if not is_up:
        layout.folder.rmdir()


def _wait_until(is_so: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > until:
            message = f"{otherwise} after {PATIENCE_S:.0f} s; no record was deleted yet; say it again"
            raise Refused(message)
        time.sleep(LOOK_EVERY_S)
