"""`tickets`: who must know, and what became of it. Reading; the acts are in ticket_acts."""

from typing import Any

import click

from console.cli.choices import one_of
from console.cli.exits import Exit
from console.cli.instants import duration
from console.cli.lazy import command
from console.cli.output import Column, output_option, pairs, show_list, show_one, table
from console.cli.workplace import workplace
from console.documents import tickets as documents
from ticketing.vocabulary import TicketKind, TicketState

COLUMNS = (
    Column(key="number", title="ticket"),
    Column(key="priority", title="prio"),
    Column(key="state", title="state"),
    Column(key="title", title="title"),
    Column(key="service", title="service"),
    Column(key="assignee", title="assignee"),
    Column(key="opened_at", title="opened"),
    Column(key="monitor", title="monitor", is_wide=True),
    Column(key="occurrences", title="times", is_wide=True),
    Column(key="acknowledged_at", title="acknowledged", is_wide=True),
    Column(key="resolved_at", title="resolved", is_wide=True),
    Column(key="resolution_code", title="code", is_wide=True),
)
TIMELINE = (
    Column(key="at", title="at"),
    Column(key="actor", title="by"),
    Column(key="kind", title="what"),
    Column(key="text", title="in words"),
)
ATTEMPTS = (
    Column(key="runbook", title="runbook"),
    Column(key="attempt", title="attempt"),
    Column(key="state", title="state"),
    Column(key="reason", title="because"),
)
MEMBERS = (
    Column(key="role", title="role"),
    Column(key="health", title="health"),
    Column(key="monitor", title="monitor"),
    Column(key="service", title="service"),
    Column(key="since", title="since"),
    Column(key="ended_as", title="ended as", is_rare=True),
    Column(key="summary", title="seen"),
)
REFUSALS = tuple(Column(key=key, title=key) for key in ("runbook", "guard", "count", "reason"))


@command("tickets list --open", "tickets list --service shop --since 7d -o csv", "tickets list --state new -o name")
@click.option("--open", "only_open", is_flag=True, help="Only those that are not resolved, closed or cancelled.")
@click.option("--state", "states", multiple=True, type=one_of(TicketState), help="Only in this state.")
@click.option("--kind", type=one_of(TicketKind), help="Only of this kind.")
@click.option("--service", help="Only of this service.")
@click.option("--monitor", help="Only opened by this monitor.")
@click.option("--since", type=duration, help="Only opened within this time: 7d.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@output_option
def list_tickets(*, form: str, **wanted: Any) -> int:
    """Tickets, newest first."""
    with workplace() as place, place.database.reading() as session:
        rows = documents.ticket_list(session, wanted, place.clock.now())
    show_list(rows, COLUMNS, form, empty="no tickets", name="number")
    return Exit.OK


@command("tickets show INC-1042", "tickets show INC-1042 -o json")
@click.argument("number")
@output_option
def show(*, number: str, form: str) -> int:
    """One ticket with its evidence, remediations, refusals and timeline."""
    with workplace() as place, place.database.reading() as session:
        document = documents.ticket_detail(session, number, place.clock.now())
    show_one(document, form, text=lambda: _detail(document), name="number")
    return Exit.OK


@command("tickets timeline INC-1042")
@click.argument("number")
@output_option
def timeline(*, number: str, form: str) -> int:
    """What happened, in order. Exits with 1 when the hash chain is broken: somebody changed the past."""
    with workplace() as place, place.database.reading() as session:
        rows, broken = documents.ticket_timeline(session, number)
    show_list(rows, TIMELINE, form, empty="nothing happened yet", name="seq")
    if broken is not None:
        click.echo(f"the timeline of {number} is not what was written: it breaks at entry {broken}", err=True)
        return Exit.UNHEALTHY
    return Exit.OK


def _detail(document: dict[str, Any]) -> str:
    lists = {"members": MEMBERS, "timeline": TIMELINE, "remediations": ATTEMPTS, "refusals": REFUSALS}
    facts = {name: value for name, value in document.items() if name not in {*lists, "evidence", "deliveries"}}
    parts = [pairs(facts)]
    for name, columns in lists.items():
        if document[name]:
            parts.append(f"{name}\n{table(document[name], columns)}")
    return "\n\n".join(parts)
