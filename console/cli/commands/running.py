"""`up`, `down` and `status`."""

from pathlib import Path
from typing import Any

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import coloured, output_option, pairs, show_one
from console.cli.workplace import workplace
from console.demo.setting_up import set_up
from console.documents.status import status_document
from console.supervision import starting
from loop.status import status as look
from watchdesk.clock import SystemClock
from watchdesk.errors import DatabaseUnavailable
from watchdesk.settings import Settings, read_settings


@command("up", "up --demo", "up --detach --definitions /etc/watchdesk", "up --port 9000")
@click.option("--detach", is_flag=True, help="Return when every monitor has a first result.")
@click.option("--definitions", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Their folder.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the console.")
@click.option("--demo", is_flag=True, help="With a small world of real services to break, and thirty days of past.")
def up(*, detach: bool, definitions: Path | None, port: int | None, demo: bool) -> int:
    """Start everything on this machine: Prefect, the watch, the console. In the foreground, Ctrl-C ends it all."""
    settings = read_settings(definitions=definitions, port=port)
    if demo:
        settings = set_up(settings, SystemClock())
    return starting.up(settings, detach=detach, say=_say)


@command("down")
def down() -> int:
    """Stop everything that up started, also what is left of one that died."""
    return starting.down(read_settings(), say=_say)


@command("status", "status -o json")
@output_option
def status(*, form: str) -> int:
    """Is it running, how are the monitors, who watches, what is open. Exits with 0 whatever it shows."""
    settings = read_settings()
    document = _document(settings)
    show_one(document, form, text=lambda: _words(document), name="url")
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


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
