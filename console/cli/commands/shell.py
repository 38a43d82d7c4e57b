"""`completion`, `docs` and `version`."""

import click
from click.shell_completion import get_completion_class

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.program import PROGRAM, installed_version, root
from watchdesk.errors import NotFound

VARIABLE = "_WATCHDESK_COMPLETE"


@command("completion bash > ~/.local/share/bash-completion/completions/watchdesk", "completion fish | source")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(*, shell: str) -> int:
    """Print a script that completes commands, options and ids in your shell."""
    found = get_completion_class(shell)
    if found is None:
        message = f"no completion for the shell '{shell}'"
        raise NotFound(message)
    click.echo(found(root, {}, PROGRAM, VARIABLE).source())
    return Exit.OK


@command("version")
def version() -> int:
    """Print the version."""
    click.echo(f"{PROGRAM} {installed_version()}")
    return Exit.OK
