"""What most commands need: settings, the database with a fitting schema, the definitions, the clock."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from console.migrations.schema_version import require_current
from console.places import definitions_root
from loop.definitions import Definitions, load, read
from watchdesk.clock import Clock, SystemClock
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.settings import Settings, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Settings, an open database whose schema fits, and the clock."""

    settings: Settings
    database: Database
    clock: Clock

    def definitions(self) -> Definitions:
        """The definitions as far as they can be read; a warning on stderr when some cannot."""
        found, faults = read(definitions_root(self.settings))
        if faults:
            count = len(tuple(faults))
            click.echo(f"warning: {count} faults in {found.root}; see 'watchdesk check {found.root}'", err=True)
        return found

    def sound_definitions(self) -> Definitions:
        """The definitions, whole. Raises DefinitionsInvalid."""
        return load(definitions_root(self.settings))


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Opens the database of the settings; says what to do when there is none, or one of another version."""
    settings = read_settings()
    _require_file(settings)
    with Database(settings.database) as database:
        require_current(database)
        yield Workplace(settings=settings, database=database, clock=SystemClock())


def who_am_i() -> str:
    """The name of whoever types, for the record; `--as` says otherwise."""
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
