"""`connectors`: where tickets are told to other systems, what waits, and what was given up."""

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import Column, output_option, show_list
from console.cli.workplace import workplace
from ticketing import outbox
from ticketing.connectors.connector import DeliveryFailed
from ticketing.connectors.kinds import configured, try_out
from ticketing.outbox import DeliveryState
from watchdesk.clock import SystemClock
from watchdesk.settings import read_settings

COLUMNS = tuple(Column(key=key, title=key) for key in ("name", "pending", "sent", "dead"))
LETTERS = (
    Column(key="key", title="delivery"),
    Column(key="op", title="what"),
    Column(key="attempts", title="attempts"),
    Column(key="finished_at", title="given up"),
    Column(key="error", title="because"),
)


@command("connectors list")
@output_option
def list_connectors(*, form: str) -> int:
    """Connectors that the settings turn on, with what waits, what was sent and what was given up."""
    with workplace() as place:
        names = configured(place.settings, place.clock)
        with place.database.reading() as session:
            counts = outbox.counts(session)
    known = sorted({*names, *(connector for connector, _ in counts)})
    rows = [
        {"name": name, **{state.value: counts.get((name, state.value), 0) for state in DeliveryState}} for name in known
    ]
    empty = "no connector is on; set WATCHDESK_SMTP_URL or WATCHDESK_WEBHOOK_URL"
    show_list(rows, COLUMNS, form, empty=empty, name="name")
    return Exit.OK


@command("connectors test email")
@click.argument("connector")
def test(*, connector: str) -> int:
    """Reach the other side without telling it about a ticket. Exits with 1 when it does not answer well."""
    try:
        click.echo(try_out(configured(read_settings(), SystemClock()), connector))
    except DeliveryFailed as failure:
        click.echo(f"{connector}: {failure}", err=True)
        return Exit.UNHEALTHY
    return Exit.OK


@command("connectors dead -o json")
@output_option
def dead(*, form: str) -> int:
    """Deliveries that were given up: each is something that somebody was not told."""
    with workplace() as place, place.database.reading() as session:
        letters = outbox.dead_letters(session)
    columns = tuple(column.key for column in LETTERS)
    rows = [{key: getattr(letter, key) for key in (*columns, "connector", "created_at")} for letter in letters]
    show_list(rows, LETTERS, form, empty="nothing was given up", name="key")
    return Exit.OK


@command("connectors retry webhook:01939a4e-5c1a-7000-8000-000000000000:7")
@click.argument("delivery")
def retry(*, delivery: str) -> int:
    """Put a given-up delivery back into its lane."""
    with workplace() as place, place.database.writing() as session:
        outbox.try_again(session, delivery, place.clock.now())
    click.echo(f"{delivery} will be sent again")
    return Exit.OK
