"""The pages of the reference, each made from the code that it describes."""

import inspect
from collections.abc import Callable, Mapping

from console.cli.exits import MEANING
from console.http.api import ROUTES as API_ROUTES
from console.http.metrics import FAMILIES
from console.http.pings import ROUTES as PING_ROUTES
from console.reference import schemas
from console.reference.commands import commands
from console.reference.conditions import conditions
from console.reference.fault_codes import FAULT_CODES
from console.reference.fields import cell, fields_of, table, words
from monitors.kinds import KINDS
from runbooks.guard_table import GUARDS
from runbooks.steps.kinds import BUILT_IN
from watchdesk.settings import PREFIX, Settings

Lines = list[str]
FILES = {
    "services": "`services/*.yaml`: what the business uses, and the configuration items it is made of.",
    "monitors": "`monitors/*.yaml`: what is observed, and what counts as healthy.",
    "runbooks": "`runbooks/*.yaml`: one runbook a file.",
    "calendars": "`calendars/*.yaml`: business hours, and windows of maintenance and freezes.",
}
ELSEWHERE: Mapping[str, frozenset[str]] = {  # what has a page of its own
    "services": frozenset(),
    "monitors": frozenset(KINDS),
    "runbooks": frozenset(BUILT_IN) | {"probe"},
    "calendars": frozenset(),
}


def definitions() -> Lines:
    """The definition files, field by field."""
    lines = ["# Definition files", ""]
    lines += ["Strict: unknown keys, bad units, unknown references and circles are faults, all reported at once by"]
    lines += ["`watchdesk check`. Durations are written `500ms 10s 5m 2h 7d`, percentages `90%`, sizes `10MiB`;"]
    lines += ["`${NAME}` takes an environment variable, `secret:NAME` a secret.", ""]
    for name, make in schemas.SCHEMAS.items():
        schema = make()
        lines += [f"## {name}", "", FILES[name], ""]
        lines += table(fields_of(schema, schema["$defs"], skipped=ELSEWHERE[name]))
        lines += ["", f"Schema for editors: `watchdesk schema {name}`.", ""]
    return lines


def kinds() -> Lines:
    """Every kind of monitor: its form, and the values that conditions can speak of."""
    lines = ["# Kinds of monitors", "", "One key of a monitor names its kind. A plain text or list under it stands for"]
    lines += ["the first field.", ""]
    for name, kind in KINDS.items():
        schema = kind.form.json_schema()
        lines += [f"## {name}", "", _first_line(inspect.getdoc(kind)), ""]
        lines += _form(schema)
        lines += ["", "| value | type |", "|---|---|"]
        lines += [f"| `{value}` | {type_of} |" for value, type_of in kind.values.items()]
        lines.append("")
    return lines


def steps() -> Lines:
    """Every kind of step of a runbook."""
    lines = ["# Kinds of steps", "", "One key of a step names its kind; beside it stand `id`, `effect`, `on` and, for"]
    lines += ["effects that may happen only once, `probe`.", ""]
    for name, kind in BUILT_IN.items():
        schema = kind.form.model_json_schema()
        lines += [f"## {name}", "", _first_line(inspect.getdoc(type(kind))), ""]
        lines += table(fields_of(schema, schema.get("$defs", {})))
        if kind.shorthand:
            lines += ["", f"A plain value stands for `{kind.shorthand}`."]
        lines.append("")
    return lines


def guards() -> Lines:
    """What may keep a runbook from running, in the order in which it is asked."""
    lines = ["# Guards", "", "Asked in this order, inside the transaction that takes the lease, and again just before"]
    lines += ["each effect. The first no is recorded with its numbers; `watchdesk runbooks explain` shows it.", ""]
    lines += ["| guard | it refuses |", "|---|---|"]
    for guard in GUARDS:
        subject = guard.check.__name__.removeprefix("refuse_").replace("_", " ")
        documented = _first_line(inspect.getdoc(guard.check))
        lines.append(f"| `{guard.name}` | {cell(f'{subject}. {documented}'.strip())} |")
    return lines


def settings() -> Lines:
    """Every setting, from the environment or watchdesk.toml."""
    lines = [
        "# Settings",
        "",
        "From the environment, then `watchdesk.toml` in the working directory, then `watchdesk.toml` in the home,",
    ]
    lines += ["then the default. Each can stand in either file, but for `home`, which cannot stand in the home's own."]
    lines += [
        "A relative path in a file begins at the file's folder. Unknown settings, and variables that are misspelt"
    ]
    lines += ["ones of these, are errors.", "", "| setting | environment | default | meaning |"]
    lines.append("|---|---|---|---|")
    for name, field in Settings.model_fields.items():
        default = "–" if field.default is None else f"`{field.default}`"
        lines.append(f"| `{name}` | `{PREFIX}{name.upper()}` | {default} | {cell(field.description or '')} |")
    return lines


def faults() -> Lines:
    """The codes of faults in definitions."""
    lines = ["# Codes of faults", "", "`watchdesk check` and every refused reload name them; exit code 3.", ""]
    for code, fault in FAULT_CODES.items():
        lines += [f"## {code}", "", fault.title, "", f"*Remedy:* {fault.remedy}", ""]
    return lines


def exit_codes() -> Lines:
    """The exit codes of the command line."""
    lines = ["# Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code.value} | {cell(meaning)} |" for code, meaning in MEANING.items()]
    lines += ["", "`monitors run --nagios` has those of a monitoring plugin: 0 ok, 1 warning, 2 critical, 3 unknown."]
    return lines


def metrics() -> Lines:
    """What /metrics tells Prometheus."""
    lines = ["# Metrics", "", "At `/metrics` of the console.", "", "| metric | labels | meaning |", "|---|---|---|"]
    for name, (meaning, labels) in FAMILIES.items():
        lines.append(f"| `{name}` | {', '.join(f'`{label}`' for label in labels) or '–'} | {cell(meaning)} |")
    return lines


def http() -> Lines:
    """The addresses of the console."""
    lines = ["# HTTP", "", "| address | methods | answer |", "|---|---|---|"]
    lines += [
        "| `/` | GET | The overview; every page answers as JSON too. |",
        "| `/healthz` | GET | 200 while the console can answer. |",
    ]
    lines += ["| `/metrics` | GET | Metrics for Prometheus. |"]
    for prefix, routes in (("", PING_ROUTES), ("/api/v1", API_ROUTES)):
        for route in routes:
            methods = ", ".join(sorted((route.methods or set()) - {"HEAD"}))
            answer = _first_line(inspect.getdoc(route.endpoint)) or "JSON, as the command of the same name prints it."
            lines.append(f"| `{prefix}{route.path}` | {methods} | {cell(answer)} |")
    return lines


PAGES: Mapping[str, Callable[[], Lines]] = {
    "definitions": definitions,
    "kinds": kinds,
    "conditions": conditions,
    "steps": steps,
    "guards": guards,
    "settings": settings,
    "commands": commands,
    "faults": faults,
    "exit-codes": exit_codes,
    "metrics": metrics,
    "http": http,
}


def text_of(topic: str) -> str:
    """A page as Markdown."""
    return "\n".join(PAGES[topic]()).rstrip() + "\n"


def _first_line(documentation: str | None) -> str:
    return (documentation or "").partition("\n\n")[0].replace("\n", " ")


def _form(schema: schemas.Schema) -> Lines:
    """The fields of a form, or what a form without fields is."""
    found = _object_of(schema)
    if found.get("properties"):
        return table(fields_of(found, schema.get("$defs", {})))
    return [f"Form: {words(schema, schema.get('$defs', {}))}."]


def _object_of(schema: schemas.Schema) -> schemas.Schema:
    """The form itself, where a shorthand may stand for it."""
    options = [schema, *schema.get("anyOf", ())]
    definitions = schema.get("$defs", {})
    resolved = [definitions.get(o.get("$ref", "").rpartition("/")[2], o) for o in options]
    return next((option for option in resolved if option.get("properties")), schema)
