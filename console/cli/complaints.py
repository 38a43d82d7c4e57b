"""How errors read: what happened, to which thing, what to do; and the exit code they end with."""

import re
from collections.abc import Iterable
from pathlib import Path

import click

from console.cli.exits import Exit
from watchdesk.definitions.faults import DefinitionsInvalid, Fault
from watchdesk.errors import DatabaseRefused, DatabaseUnavailable, NotFound, Refused, SettingsInvalid, WatchdeskError
from watchdesk.spelling import did_you_mean

LONGEST_LINE = 160
WRONG_CHOICE = re.compile(r"'([^']*)' is not one of")
CODES: tuple[tuple[type[BaseException], Exit], ...] = (
    (DefinitionsInvalid, Exit.DEFINITION_INVALID),
    (SettingsInvalid, Exit.USAGE),
    (NotFound, Exit.NOT_FOUND),
    (Refused, Exit.REFUSED),
    (DatabaseRefused, Exit.USAGE),
    (DatabaseUnavailable, Exit.NOT_REACHABLE),
    (TimeoutError, Exit.TIMED_OUT),
    (ConnectionError, Exit.NOT_REACHABLE),
    (OSError, Exit.NOT_REACHABLE),
)


def exit_code(error: BaseException) -> Exit:
    """The code for an error that is expected; other errors of ours count as not reachable or as unhealthy."""
    for kind, code in CODES:
        if isinstance(error, kind):
            return code
    may_pass = isinstance(error, WatchdeskError) and error.retry_may_help
    return Exit.NOT_REACHABLE if may_pass else Exit.UNHEALTHY


def complain(message: str, code: str | None = None) -> None:
    """One error on stderr."""
    head = click.style(f"error[{code}]" if code else "error", fg="red", bold=True)
    click.echo(f"{head}: {message}", err=True)


def complain_about_usage(error: click.UsageError) -> None:
    """What was not understood, what was perhaps meant, and where help is."""
    complain(_words(error))
    if error.ctx is not None:
        click.echo(f"  see: {error.ctx.command_path} --help", err=True)


def _words(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        known = [name for option in error.ctx.command.params for name in option.opts] if error.ctx else []
        return f"no option '{error.option_name}'{did_you_mean(error.option_name, known)}"
    message = error.format_message().rstrip(".")
    parameter = getattr(error, "param", None)
    wrong = WRONG_CHOICE.search(message)
    if wrong and parameter is not None and isinstance(parameter.type, click.Choice):
        message += did_you_mean(wrong.group(1), [str(choice) for choice in parameter.type.choices])
    return message[:1].lower() + message[1:]


def fault_lines(fault: Fault, root: Path | None = None) -> Iterable[str]:
    """A fault as lines: place and message, the source line, a caret below the place."""
    head = click.style(f"error[{fault.code}]", fg="red", bold=True)
    place = click.style(f"{fault.file}:{fault.line}:{fault.column}", bold=True)
    yield f"{head}: {place}: {fault.message}"
    source = _source_line(root, fault) if root else None
    if source is not None:
        shown, column = _around(source, fault.column)
        yield f"{fault.line:>5} | {shown}"
        yield f"      | {' ' * (column - 1)}{click.style(_carets(shown, column), fg='red')}"


def _around(source: str, column: int) -> tuple[str, int]:
    """The part of a long line that holds `column`, and which column of the part that is."""
    if len(source) <= LONGEST_LINE:
        return source, column
    begin = max(0, column - LONGEST_LINE // 4)
    before, after = "…" if begin else "", "…" if len(source) > begin + LONGEST_LINE else ""
    return f"{before}{source[begin : begin + LONGEST_LINE]}{after}", column - begin + len(before)


def _source_line(root: Path, fault: Fault) -> str | None:
    try:
        lines = (root / fault.file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return lines[fault.line - 1].replace("\t", " ") if 0 < fault.line <= len(lines) else None


def _carets(source: str, column: int) -> str:
    """Carets below the word at `column` (from 1): at least one."""
    rest = source[column - 1 :]
    word = rest.split(" #", 1)[0].rstrip()
    key = word.split(":", 1)[0] if ":" in word and " " not in word.split(":", 1)[0] else word
    return "^" * max(1, len(key))
