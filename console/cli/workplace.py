"""What most commands need: settings, the database with a fitting schema, the definitions, the clock."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from console.migrations.schema_version import require_current
from loop.places import definitions_root
from watchdesk import definition_status, logs
from watchdesk.clock import Clock, SystemClock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.settings import Settings, read_settings
from watchdesk.wording import counted

if TYPE_CHECKING:
    from loop.definitions import Definitions

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Settings, an open database whose schema fits, and the clock."""

    settings: Settings
    database: Database
    clock: Clock

    def definitions(self) -> "Definitions":
        """The definitions to show; a warning on stderr when the files have faults: the last good version goes on."""
        # half a second that most ticket commands need not spend
        from loop.kept_definitions import kept_in_home, read_or_kept  # noqa: PLC0415

        root = self.root
        found, faults = read_or_kept(root, kept_in_home(self.settings))
        if faults:
            count = counted(len(tuple(faults)), "fault")
            click.echo(f"warning: {count} below {root}; see: watchdesk check {root}", err=True)
        return found

    @property
    def root(self) -> Path:
        """The folder that was set, else the one that the watch uses, else the shipped set."""
        if self.settings.definitions is None:
            with self.database.reading() as session:
                used = definition_status.status(session)
            if used and Path(used[0].root).is_dir():
                return Path(used[0].root)
        return definitions_root(self.settings)


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Opens the database of the settings; says what to do when there is none, or one of another version."""
    settings = read_settings()
    logs.configure("warning")  # standard output belongs to what the command shows
    _require_file(settings)
    with Database(settings.database) as database:
        require_current(database)
        yield Workplace(settings=settings, database=database, clock=SystemClock())


def as_option(function: Decorated) -> Decorated:
    """The option `--as WHO`: the name that goes on record; without it, of whoever is logged in."""
    return click.option("--as", "who", default=who_am_i, show_default="you", help="Who does it.")(function)


def who_am_i() -> str:
    """The name of whoever types, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _require_file(settings: Settings) -> None:
    """A SQLite file is not made by looking for it."""
    path = settings.home / "watchdesk.db"
    if settings.database_url is None and not path.exists():
        message = f"there is no database at {path}: nothing has been started here yet; run 'watchdesk up'"
        raise DatabaseUnavailable(message)
