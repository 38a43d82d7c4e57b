"""`explain` for monitors, tickets and runbooks."""

from collections.abc import Callable
from datetime import datetime

import click
from sqlalchemy.orm import Session

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import output_option, show_one
from console.cli.workplace import workplace
from loop.definitions import Definitions
from loop.explain import Explanation, of_monitor, of_runbook, of_ticket

Explain = Callable[[Session, Definitions, str, datetime], Explanation]


@command("monitors explain shop-web", "monitors explain shop-web -o json")
@click.argument("monitor")
@output_option
def monitor(*, monitor: str, form: str) -> int:
    """Why a monitor is in its state: what was measured, soft or hard, flapping, windows, parents, the desk."""
    return _explain(of_monitor, monitor, form)


@command("tickets explain INC-1042")
@click.argument("number")
@output_option
def ticket(*, number: str, form: str) -> int:
    """Why it was opened, why its priority, who has it, why it is not resolved yet and what would resolve it."""
    return _explain(of_ticket, number, form)


@command("runbooks explain restart-shop")
@click.argument("runbook")
@output_option
def runbook(*, runbook: str, form: str) -> int:
    """Why it ran, or why it did not: trust, what each guard says now, refusals, attempts."""
    return _explain(of_runbook, runbook, form)


def _explain(explain: Explain, name: str, form: str) -> int:
    with workplace() as place:
        definitions = place.definitions()
        with place.database.reading() as session:
            found = explain(session, definitions, name, place.clock.now())
    show_one(found.as_document(), form, text=found.as_text, name="subject")
    return Exit.OK
