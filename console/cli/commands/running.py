"""`up` and `down`."""

from pathlib import Path

import click

from console.cli.lazy import command
from console.demo.setting_up import set_up
from console.supervision import starting
from watchdesk.clock import SystemClock
from watchdesk.settings import read_settings


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


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)
