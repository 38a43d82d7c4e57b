"""`doctor`: what is wrong with this installation, and what to do about it."""

from importlib import import_module
from pathlib import Path

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import Column, Form, output_option, show_list
from console.migrations.schema_version import HEAD, revision_of, unfit
from console.supervision.checkup import Check, checks
from loop.definitions import read
from loop.places import definitions_root
from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable
from watchdesk.settings import Settings, read_settings
from watchdesk.wording import counted

PACKAGES = ("watchdesk", "monitors", "ticketing", "runbooks", "improvement", "loop", "flows", "console")
ROOT = Path(__file__).parents[3]
COLUMNS = tuple(Column(key=key, title=key) for key in ("name", "is_well", "finding", "remedy"))


@command("doctor", "doctor -o json")
@output_option
def doctor(*, form: str) -> int:
    """Ask everything that can be asked from outside; change nothing. Exits with 1 when something is wrong."""
    settings = read_settings()
    found = (*checks(settings), _packages(), _definitions(settings), *_schema(settings))
    if form in {Form.TABLE, Form.WIDE}:
        for check in found:
            _say(check)
    else:
        show_list([_row(check) for check in found], COLUMNS, form, empty="", name="name")
    return Exit.OK if all(check.is_well for check in found) else Exit.UNHEALTHY


def _row(check: Check) -> dict[str, object]:
    return {column.key: getattr(check, column.key) for column in COLUMNS}


def _say(check: Check) -> None:
    sign = click.style("ok   ", fg="green") if check.is_well else click.style("WRONG", fg="red")
    remedy = f"; {check.remedy}" if check.remedy else ""
    click.echo(f"{sign}  {check.name}: {check.finding}{remedy}")


def _packages() -> Check:
    """Our import names are words that others use too: a stranger of the same name would run in our place."""
    strangers = [name for name in PACKAGES if ROOT not in Path(str(import_module(name).__file__)).parents]
    if strangers:
        finding = f"{', '.join(strangers)} come from another distribution"
        remedy = "give Watchdesk an environment of its own"
        return Check(name="packages", is_well=False, finding=finding, remedy=remedy)
    return Check(name="packages", is_well=True, finding=f"all from {ROOT}")


def _definitions(settings: Settings) -> Check:
    definitions, faults = read(definitions_root(settings))
    if faults:
        finding = f"{counted(len(tuple(faults)), 'fault')} below {definitions.root}"
        remedy = f"watchdesk check {definitions.root}"
        return Check(name="definitions", is_well=False, finding=finding, remedy=remedy)
    counts = f"{counted(len(definitions.monitors), 'monitor')}, {counted(len(definitions.runbooks), 'runbook')}"
    finding = f"{counts} in {definitions.root}"
    return Check(name="definitions", is_well=True, finding=finding)


def _schema(settings: Settings) -> tuple[Check, ...]:
    """Nothing while the database does not answer: that is told already."""
    if settings.database_url is None and not (settings.home / "watchdesk.db").exists():
        return ()
    try:
        with Database(settings.database) as database, database.reading() as session:
            revision = revision_of(session)
    except DatabaseUnavailable:
        return ()
    if revision is None:
        return (Check(name="schema", is_well=True, finding="not there yet; `up` makes it"),)
    if revision == HEAD:
        return (Check(name="schema", is_well=True, finding="the one this version needs"),)
    return (Check(name="schema", is_well=False, finding=unfit(revision), remedy="see the finding"),)
