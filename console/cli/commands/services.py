"""`services`: what the business uses."""

from typing import Any

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import Column, output_option, pairs, show_list, show_one, table
from console.cli.workplace import workplace
from console.documents import services as documents

COLUMNS = (
    Column(key="health", title="health"),
    Column(key="id", title="service"),
    Column(key="title", title="title"),
    Column(key="owner", title="owner"),
    Column(key="tier", title="tier"),
    Column(key="monitors", title="monitors"),
    Column(key="tickets", title="open tickets"),
)
MONITORS = tuple(Column(key=key, title=key) for key in ("health", "id", "kind", "summary"))


@command("services list")
@output_option
def list_services(*, form: str) -> int:
    """All services with health, owner and open tickets."""
    with workplace() as place, place.database.reading() as session:
        rows = documents.service_list(session, place.definitions(), place.clock.now())
    show_list(rows, COLUMNS, form, empty="no services; write one into services/ of the definitions folder")
    return Exit.OK


@command("services show shop")
@click.argument("service")
@output_option
def show(*, service: str, form: str) -> int:
    """One service: its promises, monitors, dependencies and open tickets."""
    with workplace() as place, place.database.reading() as session:
        document = documents.service_detail(session, place.definitions(), service, place.clock.now())
    show_one(document, form, text=lambda: _detail(document))
    return Exit.OK


def _detail(document: dict[str, Any]) -> str:
    facts = {name: value for name, value in document.items() if name not in {"monitors", "tickets"}}
    facts["tickets"] = [ticket["number"] for ticket in document["tickets"]]
    parts = [pairs(facts)]
    if document["monitors"]:
        parts.append(table(document["monitors"], MONITORS))
    return "\n\n".join(parts)
