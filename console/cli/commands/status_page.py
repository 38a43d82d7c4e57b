"""`status-page`: the public page as one file."""

from pathlib import Path

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.workplace import workplace
from console.http.desk import HttpDesk, Shelf
from console.http.pages.public import status_html
from loop.kept_definitions import kept_in_home

FILE = click.Path(dir_okay=False, path_type=Path, allow_dash=True)


@command("status-page --to /var/www/status/index.html", "status-page --to - | gzip > status.html.gz")
@click.option("--to", type=FILE, required=True, help="File to write; - for stdout.")
def status_page(*, to: Path) -> int:
    """The public status page as one file without scripts, the same as /status: write it anew every minute or so.

    A file is replaced at once, so that nobody is served half a page.
    """
    with workplace() as place, place.database.reading() as session:
        shelf = Shelf(place.root, place.clock, kept_in_home(place.settings))
        desk = HttpDesk(settings=place.settings, database=place.database, clock=place.clock, shelf=shelf)
        text = status_html(session, desk, place.clock.now())
    if str(to) == "-":
        click.echo(text)
        return Exit.OK
    unfinished = to.with_name(f".{to.name}.new")
    unfinished.write_text(text + "\n", "utf-8")
    unfinished.replace(to)
    click.echo(f"written: {to}", err=True)
    return Exit.OK
