"""`db`: the schema, backups, and the check that nothing was changed behind our back."""

import sys
from pathlib import Path

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.workplace import workplace
from console.migrations import integrity
from console.migrations.backup import Backup, verify
from console.migrations.backup import backup as back_up
from console.migrations.backup import restore as put_back
from console.migrations.schema_version import HEAD, revision_of
from console.migrations.upgrading import upgrade as bring_up_to_date
from console.supervision import record
from watchdesk import shifts
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.errors import Refused
from watchdesk.settings import Settings, read_settings
from watchdesk.wording import counted


@command("db upgrade")
def upgrade() -> int:
    """Bring the schema to the one of this version, in one transaction. Make a backup before."""
    settings = read_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    with Database(settings.database) as database:
        before, after = bring_up_to_date(database)
    click.echo(f"schema {after}" if before == after else f"schema {before or '(empty)'} → {after}")
    return Exit.OK


@command("db backup --to /backup/watchdesk.zip")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
def backup(*, to: Path) -> int:
    """All tables into one verified file; Watchdesk may go on running. The file restores into either database."""
    with workplace() as place:
        written = back_up(place.database, to, place.clock.now())
    click.echo(f"{to}: {_size(written)}, schema {written.revision}, read again and found whole", err=True)
    return Exit.OK


@command("db restore --from /backup/watchdesk.zip --yes")
@click.option("--from", "source", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--yes", is_flag=True, help="Do not ask; what is in the database is replaced.")
def restore(*, source: Path, yes: bool) -> int:
    """Put a backup in place of everything in the database. Refused while Watchdesk runs."""
    settings = read_settings()
    found = verify(source)
    settings.home.mkdir(parents=True, exist_ok=True)
    with Database(settings.database) as database:
        require_quiet(database, settings)
        if not yes and not _agreed(settings):
            message = "not restored; say --yes to replace what is in the database"
            raise Refused(message)
        put_back(database, source)
    click.echo(f"restored: {_size(found)}, made {found.made_at}, schema {HEAD}", err=True)
    return Exit.OK


@command("db check")
def check() -> int:
    """Schema, the database's own integrity, the hash chain of every timeline. Exits with 1 when something is wrong."""
    with workplace() as place:
        faults = integrity.faults(place.database)
    for fault in faults:
        click.echo(fault)
    if not faults:
        click.echo("ok: schema, integrity and every timeline")
    return Exit.UNHEALTHY if faults else Exit.OK


def require_quiet(database: Database, settings: Settings) -> None:
    """Raises Refused while an `up` holds this home or a shift is on duty or stands ready."""
    if record.is_locked(settings.home):
        message = "Watchdesk is running here; end it with 'watchdesk down' before a restore"
        raise Refused(message)
    now = SystemClock().now()
    with database.reading() as session:
        if revision_of(session) is None:
            return
        duty = shifts.on_duty(session, now)
    if duty is not None:
        message = f"a shift is on duty (process {duty.pid}, until {duty.lease_until:%H:%M:%S} UTC); end it first"
        raise Refused(message)


def _agreed(settings: Settings) -> bool:
    """Asks a person; a script has to say --yes."""
    if not sys.stdin.isatty():
        return False
    place = (settings.database_url and "the database") or str(settings.home / "watchdesk.db")
    return click.confirm(f"Everything in {place} is replaced. Go on?", err=True)


def _size(found: Backup) -> str:
    return f"{counted(sum(found.rows.values()), 'row')} of {counted(len(found.rows), 'table')}"
