"""`check` and `schema`: definitions before anything uses them."""

from pathlib import Path

import click

from console.cli.complaints import fault_lines
from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import Column, Form, output_option, show_list
from loop.definitions import Definitions, read
from loop.places import definitions_root
from watchdesk.definitions.faults import Fault
from watchdesk.settings import read_settings
from watchdesk.wording import counted

COLUMNS = tuple(Column(key=key, title=key) for key in ("file", "line", "column", "code", "message"))


@command("check", "check /etc/watchdesk -o json")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@output_option
def check(*, folder: Path | None, form: str) -> int:
    """Validate every file of a definitions folder: schema, units, references, cycles. All faults at once.

    Without FOLDER the definitions of the settings are checked. Exits with 3 when there are faults.
    """
    root = folder or definitions_root(read_settings())
    definitions, faults = read(root)
    found = tuple(faults)
    if form not in {Form.TABLE, Form.WIDE}:
        show_list(({**_row(fault)} for fault in found), COLUMNS, form, empty="", name="code")
    elif found:
        _show(found, root)
    else:
        click.echo(f"ok: {_counts(definitions)} in {root}")
    return Exit.DEFINITION_INVALID if found else Exit.OK


def _row(fault: Fault) -> dict[str, object]:
    return {column.key: getattr(fault, column.key) for column in COLUMNS}


def _show(found: tuple[Fault, ...], root: Path) -> None:
    for fault in found:
        for line in fault_lines(fault, root):
            click.echo(line)
    files = len({fault.file for fault in found})
    codes = " ".join(sorted({fault.code for fault in found}))
    counts = f"{counted(len(found), 'fault')} in {counted(files, 'file')}"
    click.echo(f"{counts} below {root}; see: watchdesk docs {codes}", err=True)


def _counts(definitions: Definitions) -> str:
    found = {
        "service": definitions.catalogue.services,
        "monitor": definitions.monitors,
        "runbook": definitions.runbooks,
        "calendar": definitions.calendars.calendars,
    }
    return ", ".join(counted(len(those), noun) for noun, those in found.items())
