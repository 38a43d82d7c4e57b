"""The program `watchdesk`: parses, runs one command, and turns every error into words and an exit code."""

import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from console.cli.complaints import complain, complain_about_usage, exit_code, fault_lines
from console.cli.exits import Exit
from console.cli.lazy import TreeGroup
from console.cli.tree import TREE
from watchdesk.clock import SystemClock
from watchdesk.definitions.faults import DefinitionsInvalid
from watchdesk.errors import WatchdeskError

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


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code; everything else is already printed."""
    try:
        returned = root.main(None if argv is None else list(argv), prog_name=PROGRAM, standalone_mode=False)
        return int(returned) if isinstance(returned, int) else Exit.OK
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.OK
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stdout = None  # type: ignore[assignment]  # the reader has gone: nothing may be flushed at exit
        return Exit.OK
    except click.ClickException as error:
        return _not_understood(error)
    except (WatchdeskError, OSError) as error:
        return _expected(error)
    except Exception as error:  # noqa: BLE001  the outermost handler: a report instead of a traceback
        return _internal(error, argv)


def _not_understood(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        return Exit.OK
    if isinstance(error, click.UsageError):
        complain_about_usage(error)
    else:
        complain(error.format_message())
    return Exit.USAGE


def _expected(error: WatchdeskError | OSError) -> int:
    if isinstance(error, DefinitionsInvalid):
        for fault in error.faults:
            for line in fault_lines(fault):
                click.echo(line, err=True)
    else:
        complain(str(error) or type(error).__name__)
    return exit_code(error)


def _internal(error: Exception, argv: Sequence[str] | None) -> int:
    path = write_report(error, sys.argv[1:] if argv is None else argv)
    complain(f"a fault of Watchdesk itself: {type(error).__name__}: {error}")
    click.echo(f"  report: {path}\n  please send the report to whoever maintains this installation", err=True)
    return Exit.INTERNAL


def write_report(error: Exception, arguments: Sequence[str]) -> Path:
    """Where the report of an internal fault was written: in the home folder, else in the system's own for such."""
    now = SystemClock().now()
    text = "\n".join(
        (
            f"{PROGRAM} {installed_version()}, Python {platform.python_version()}, {platform.platform()}",
            f"at: {now.isoformat()}",
            f"command: {' '.join(arguments)}",
            "",
            "".join(traceback.format_exception(error)),
        )
    )
    name = f"{now:%Y%m%dT%H%M%S%f}.txt"
    for folder in (_home() / "reports-of-faults", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        except OSError:
            continue
        return folder / name
    return Path("(nowhere: no folder can be written)")


def _home() -> Path:
    from watchdesk.settings import read_settings  # noqa: PLC0415  pydantic is loaded only when it is needed

    try:
        return read_settings().home
    except WatchdeskError:
        return Path(tempfile.gettempdir())


def installed_version() -> str:
    """The version of this installation, or of the checkout when it is not installed."""
    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "from a checkout"


if __name__ == "__main__":
    sys.exit(main())
