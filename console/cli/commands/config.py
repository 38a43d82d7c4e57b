"""`config`: the settings in use."""

import json

import click

from console.cli.exits import Exit
from console.cli.lazy import command
from console.cli.output import Column, output_option, show_list
from watchdesk.settings import PREFIX, Settings, read_settings, shown

COLUMNS = (
    Column(key="name", title="setting"),
    Column(key="value", title="value"),
    Column(key="is_default", title="default", is_wide=True),
    Column(key="variable", title="environment", is_wide=True),
    Column(key="description", title="meaning", is_wide=True),
)


@command("config show", "config show -o json")
@output_option
def show(*, form: str) -> int:
    """Every setting with its value. Passwords and keys are not shown."""
    settings = read_settings()
    show_list([_row(settings, name) for name in Settings.model_fields], COLUMNS, form, empty="", name="name")
    return Exit.OK


@command("config schema > watchdesk.schema.json")
def schema() -> int:
    """JSON Schema of watchdesk.toml, for editors."""
    click.echo(json.dumps(Settings.model_json_schema(), indent=2))
    return Exit.OK


def _row(settings: Settings, name: str) -> dict[str, object]:
    value = getattr(settings, name)
    field = Settings.model_fields[name]
    return {
        "name": name,
        "value": shown(name, value),
        "is_default": value == field.default,
        "variable": f"{PREFIX}{name.upper()}",
        "description": field.description,
    }
