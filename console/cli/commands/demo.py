"""`demo`: break something real and watch it being healed."""

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import Column, output_option, show_list
from console.cli.workplace import as_option, workplace
from console.demo.breaking import FAULTS, break_it, fault, mend
from console.demo.overview import fault_rows
from console.demo.removal import turn_off
from watchdesk.clock import SystemClock
from watchdesk.settings import read_settings
from watchdesk.wording import counted

COLUMNS = (
    Column(key="fault", title="fault"),
    Column(key="does", title="what it does"),
    Column(key="heals", title="how it is healed"),
    Column(key="monitor", title="seen by"),
    Column(key="health", title="now"),
    Column(key="ticket", title="ticket"),
)


@command("demo list", "demo list -o json")
@output_option
def list_faults(*, form: str) -> int:
    """What can be broken, how it is healed, and how it is now."""
    with workplace() as place, place.database.reading() as session:
        rows = fault_rows(session)
    show_list(rows, COLUMNS, form, empty="nothing can be broken", name="fault")
    return Exit.OK


@command("demo break process", "demo break certificate")
@click.argument("name", metavar="FAULT", type=click.Choice(list(FAULTS)))
def break_fault(*, name: str) -> int:
    """Break one thing, really: a process, a file, a certificate. It is seen, ticketed, healed and proved healed."""
    settings = read_settings()
    click.echo(break_it(settings, name, SystemClock()), err=True)
    if fault(name).needs_approval:
        click.echo("Its runbook waits for a person: open the ticket, or 'watchdesk runbooks approve PLAN'", err=True)
    click.echo(f"Watch {settings.url}/tickets", err=True)
    return Exit.OK


@command("demo mend html")
@click.argument("name", metavar="FAULT", type=click.Choice(list(FAULTS)))
def mend_fault(*, name: str) -> int:
    """Put one thing right by hand, as a person would who does not wait for the runbook."""
    click.echo(mend(read_settings(), name, SystemClock()), err=True)
    return Exit.OK


@command("demo off")
@as_option
def off(*, who: str) -> int:
    """Take the demo away: its services, its definitions, and every record of its monitors. All else stays."""
    with workplace() as place:
        removed = turn_off(place.settings, place.database, place.clock, who)
    if removed:
        counts = ", ".join(
            counted(getattr(removed, what), what.removesuffix("s")) for what in ("tickets", "remediations", "monitors")
        )
        click.echo(f"The demo is gone: {counts}, with all that was recorded of them.", err=True)
    else:
        click.echo("There was no demo.", err=True)
    return Exit.OK
