"""`status`: is it running, how are the monitors, who watches."""

from typing import Any

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import coloured, output_option, pairs, show_one
from console.cli.workplace import workplace
from console.documents.status import status_document
from console.supervision import record
from loop.status import status as look
from watchdesk.errors import DatabaseUnavailable
from watchdesk.settings import Settings, read_settings


@command("status", "status -o json")
@output_option
def status(*, form: str) -> int:
    """Is it running, how are the monitors, who watches, what is open. Exits with 0 whatever it shows."""
    settings = read_settings()
    document = _document(settings)
    show_one(document, form, text=lambda: _words(document), name="url")
    known = record.read_record(settings.home)
    if known is not None and not known.is_running:
        click.echo("warning: nobody starts again what dies, as the supervisor is gone; run 'watchdesk up'", err=True)
    return Exit.OK


def _document(settings: Settings) -> dict[str, Any]:
    try:
        with workplace() as place:
            definitions = place.definitions()
            with place.database.reading() as session:
                return status_document(look(session, definitions, place.clock.now()), settings)
    except DatabaseUnavailable as error:
        click.echo(str(error), err=True)
        return status_document(None, settings)


def _words(document: dict[str, Any]) -> str:
    shift, definitions = document["shift"], document.get("definitions")
    counts = "  ".join(f"{count} {coloured(health)}" for health, count in document["monitors"].items())
    facts = {
        "ready": "yes" if document["ready"] else "no",
        "console": document["url"],
        "prefect": document["prefect_url"],
        "monitors": counts,
        "awaited": document.get("awaited") or None,
        "paused": document.get("paused") or None,
        "tickets": f"{document['tickets_open']} open",
        "watched by": f"process {shift['pid']} since {shift['since']}" if shift else "nobody",
        "relief": (shift["relief"] or "none stands ready") if shift else None,
        "definitions": f"{definitions['root']} ({definitions['version']})" if definitions else None,
    }
    refused = [f"  {fault}" for fault in (definitions or {}).get("faults", ())]
    lines = [pairs(facts), *(["a newer text of the definitions was refused:"] if refused else []), *refused]
    return "\n".join(lines)
