"""`docs`: the reference, and writing it."""

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.reference.fault_codes import FAULT_CODES
from console.reference.pages import PAGES, text_of
from console.reference.writing import FOLDER, write
from watchdesk.errors import NotFound
from watchdesk.spelling import did_you_mean
from watchdesk.wording import counted


@command("docs", "docs conditions", "docs D012 D005")
@click.argument("topics", nargs=-1, metavar="[TOPIC or CODE]...")
def docs(*, topics: tuple[str, ...]) -> int:
    """Print pages of the reference, or what an error code means. Without a topic: list them all.

    In a checkout, without a topic, docs/reference is written anew from the code.
    """
    for topic in topics:
        click.echo(_page(topic))
    if not topics:
        for topic, make in PAGES.items():
            click.echo(f"{topic:12} {(make.__doc__ or '').strip()}")
        _write()
    return Exit.OK


def _page(topic: str) -> str:
    fault = FAULT_CODES.get(topic.upper())
    if fault is not None:
        return f"{topic.upper()}: {fault.title}\n  Remedy: {fault.remedy}"
    if topic not in PAGES:
        hint = did_you_mean(topic, [*PAGES, *FAULT_CODES]) or f"; known are {', '.join(PAGES)} and D000 …"
        message = f"no page of the reference is called '{topic}'{hint}"
        raise NotFound(message)
    return text_of(topic).rstrip()


def _write() -> None:
    if FOLDER.parent.is_dir():
        changed = write()
        click.echo(f"{counted(len(changed), 'file')} written in {FOLDER}", err=True)
