"""The program `watchdesk`: parses, runs one command, and turns every error into words and an exit code."""

import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from console.cli.complaints import complain, complain_about_usage, exit_code, fault_lines
from console.cli.exits import Exit
from console.cli.lazy import CutOff
from console.cli.program import PROGRAM, installed_version, root
from watchdesk.clock import SystemClock
from watchdesk.definitions.faults import DefinitionsInvalid
from watchdesk.errors import WatchdeskError


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code; everything else is already printed."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        return int(_run(arguments))
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except CutOff:
        return _cut_off()
    except click.ClickException as error:
        return _not_understood(error)
    except (WatchdeskError, OSError) as error:
        return _expected(error)
    except Exception as error:  # noqa: BLE001  the outermost handler: a report instead of a traceback
        return _internal(error, arguments)


def _run(arguments: list[str]) -> int:
    try:
        returned = root.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.OK
    return returned if isinstance(returned, int) else Exit.OK


def _cut_off() -> int:
    """The interpreter flushes once more at its end; that must go nowhere, and in silence."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return Exit.CUT_OFF


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
        complain(_words(error))
    return exit_code(error)


def _words(error: WatchdeskError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'the output or a file cannot be written'}: {error.strerror}"
    return str(error) or type(error).__name__


def _internal(error: Exception, arguments: Sequence[str]) -> int:
    path = write_report(error, arguments)
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
