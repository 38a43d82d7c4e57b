"""The program's root: its name, its version, and the options that every command has."""

from importlib.metadata import PackageNotFoundError, version

import click

from console.cli.lazy import TreeGroup
from console.cli.tree import TREE

PROGRAM = "watchdesk"


@click.group(
    cls=TreeGroup,
    leaves=TREE,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
    epilog="Data goes to stdout, messages to stderr. Exit codes: watchdesk docs exit-codes",
)
@click.option("--no-color", is_flag=True, help="No colours; also with NO_COLOR, TERM=dumb or without a terminal.")
@click.option("--no-color-variable", envvar="NO_COLOR", hidden=True)
@click.option("--terminal", envvar="TERM", hidden=True)
@click.pass_context
def root(ctx: click.Context, *, no_color: bool, no_color_variable: str | None, terminal: str | None) -> None:
    """Watchdesk: observe, tell the desk, repair with care, prove it, learn."""
    if no_color or no_color_variable or terminal == "dumb":
        ctx.color = False


def installed_version() -> str:
    """The version of this installation, or of the checkout when it is not installed."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "from a checkout"
