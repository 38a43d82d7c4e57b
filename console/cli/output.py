"""What a command prints on stdout: one list or one document, in the form that was asked for."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import click
import yaml

from console.cli.choices import one_of
from console.documents.plain import plain

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
COLOURS = {
    "ok": "green", "warning": "yellow", "critical": "red", "unknown": "magenta",
    "succeeded": "green", "failed": "red", "escalated": "red", "new": "red", "resolved": "green",
}  # fmt: skip


class Form(StrEnum):
    """The forms of output. `name` prints only what names each thing, one a line."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    YAML = "yaml"
    NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table: the key of the row it shows; wide ones only with `-o wide`, rare ones where they say
    something.
    """

    key: str
    title: str
    is_wide: bool = False
    is_rare: bool = False


def output_option(function: Decorated) -> Decorated:
    """The option `-o/--output`, which is the same for every command."""
    choice = one_of(Form)
    option = click.option("-o", "--output", "form", type=choice, default="table", show_default=True, help="Form.")
    return option(function)


def show_list(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], form: str, *, empty: str, name: str = "id"
) -> None:
    """Print rows. `empty` is said on stderr when there are none and people are reading."""
    found = [plain(row) for row in rows]
    if form in {Form.TABLE, Form.WIDE}:
        if found:
            _print(table(found, [column for column in columns if form == Form.WIDE or not column.is_wide]))
        else:
            click.echo(empty, err=True)
    else:
        _print(_written(found, columns, form, name))


def show_one(document: Mapping[str, Any], form: str, *, text: Callable[[], str], name: str = "id") -> None:
    """Print one document; `text` makes what people read."""
    if form in {Form.TABLE, Form.WIDE}:
        _print(text())
        return
    found = plain(document)
    if form == Form.JSON:
        _print(json.dumps(found, indent=2, ensure_ascii=False))
    elif form == Form.YAML:
        _print(yaml.safe_dump(found, sort_keys=False, allow_unicode=True).rstrip())
    else:
        columns = [Column(key=key, title=key) for key in found]
        _print(_written([found], columns, form, name))


def _written(rows: list[dict[str, Any]], columns: Sequence[Column], form: str, name: str) -> str:
    if form == Form.JSON:
        return json.dumps(rows, indent=2, ensure_ascii=False)
    if form == Form.JSONL:
        return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    if form == Form.YAML:
        return yaml.safe_dump(rows, sort_keys=False, allow_unicode=True).rstrip()
    if form == Form.NAME:
        return "\n".join(str(row.get(name, "")) for row in rows)
    return _csv(rows, [column.key for column in columns])


def _csv(rows: list[dict[str, Any]], keys: list[str]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(keys)
    for row in rows:
        writer.writerow(_cell(row.get(key), json.dumps) for key in keys)
    return written.getvalue().rstrip("\n")


def _cell(value: Any, nested: Callable[[Any], str]) -> str:
    if value is None:
        return ""
    return nested(value) if isinstance(value, dict | list) else str(value)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> str:
    """Rows below a heading, columns aligned, states coloured."""
    shown = [column for column in columns if not column.is_rare or any(row.get(column.key) for row in rows)]
    cells = [[_cell(row.get(column.key), _short) for column in shown] for row in rows]
    titles = [column.title.upper() for column in shown]
    widths = [max(len(line[index]) for line in (titles, *cells)) for index in range(len(shown))]
    heading = _line([(title, click.style(title, bold=True)) for title in titles], widths)
    return "\n".join((heading, *(_line([(cell, coloured(cell)) for cell in line], widths) for line in cells)))


def pairs(facts: Mapping[str, Any], indent: str = "") -> str:
    """Names and values, one a line, values aligned; what is None is left out."""
    shown = {name: _cell(plain(value), _short) for name, value in facts.items() if value is not None}
    width = max((len(name) for name in shown), default=0)
    return "\n".join(f"{indent}{name.ljust(width)}  {coloured(value)}" for name, value in shown.items())


def coloured(word: str) -> str:
    """The word in the colour of the state that it names; plain when it names none."""
    colour = COLOURS.get(word)
    return click.style(word, fg=colour) if colour else word


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={inner}" for key, inner in value.items())
    return ", ".join(str(inner) for inner in value)


def _line(cells: list[tuple[str, str]], widths: list[int]) -> str:
    """Cells, each as its bare words and as it is shown, padded to the widths."""
    padded = (shown + " " * (width - len(bare)) for (bare, shown), width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _print(text: str) -> None:
    if text:
        click.echo(text)
