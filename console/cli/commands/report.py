"""`report`: what happened in a period."""

import json
from datetime import timedelta
from pathlib import Path

import click

from console.cli.exits import Exit
from console.cli.instants import duration
from console.cli.lazy import command
from console.cli.workplace import workplace
from improvement import page
from improvement.report import Period, make
from loop.operations import require_service

FILE = click.Path(dir_okay=False, path_type=Path, allow_dash=True)


@command("report --since 7d --to week.html", "report --since 1h --format json --to - | jq .services")
@click.option("--since", type=duration, default="7d", show_default=True, help="How far back.")
@click.option("--format", "form", type=click.Choice(["html", "json"]), default="html", show_default=True)
@click.option("--to", type=FILE, required=True, help="File to write; - for stdout.")
@click.option("--service", help="Only this service.")
def report(*, since: timedelta, form: str, to: Path, service: str | None) -> int:
    """What happened in a period: availability, incidents, repairs, noise. One self-contained HTML page, or JSON."""
    with workplace() as place:
        definitions, now = place.definitions(), place.clock.now()
        if service is not None:
            require_service(definitions, service)
        owners = {name: monitor.service for name, monitor in definitions.monitors.items()}
        with place.database.reading() as session:
            period = Period(since=now - since, until=now, service=service)
            found = make(session, definitions.catalogue, owners, period, now)
    text = page.render(found) if form == "html" else json.dumps(found.to_json(), indent=2, ensure_ascii=False)
    if str(to) == "-":
        click.echo(text)
    else:
        to.write_text(text + "\n", "utf-8")
        click.echo(f"written: {to}", err=True)
    return Exit.OK
