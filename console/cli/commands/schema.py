"""`schema`: definition files for editors."""

import json

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.reference.schemas import SCHEMAS


@command("schema monitors > monitors.schema.json")
@click.argument("kind", type=click.Choice(["services", "monitors", "runbooks", "calendars"]))
def schema(*, kind: str) -> int:
    """JSON Schema of a kind of definition file; editors complete and check by it while you type."""
    click.echo(json.dumps(SCHEMAS[kind](), indent=2))
    return Exit.OK
