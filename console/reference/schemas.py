"""JSON Schemas of the definition files, for editors; the loader itself says more, and says it last."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from monitors.definition_models import DefaultsModel, EntryModel
from monitors.kinds import all_kinds
from runbooks.forms import RunbookForm, StepHead
from runbooks.steps.kinds import kinds as step_kinds
from watchdesk.definitions.calendars import CalendarModel, WindowModel
from watchdesk.definitions.services import ItemModel, ServiceModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MODE: JsonSchemaMode = "validation"
Schema = dict[str, Any]


def services() -> Schema:
    parts, definitions = _together({"service": ServiceModel, "item": ItemModel})
    properties = {"services": _named(parts["service"]), "items": _named(parts["item"])}
    return _file("Services and configuration items", properties, definitions)


def calendars() -> Schema:
    parts, definitions = _together({"calendar": CalendarModel, "window": WindowModel})
    properties = {"calendars": _named(parts["calendar"]), "windows": _named(parts["window"])}
    return _file("Calendars and windows", properties, definitions)


def monitors() -> Schema:
    """An entry has exactly one of the keys that name a kind."""
    forms: dict[str, Any] = {f"kind-{name}": kind.form for name, kind in all_kinds().items()}
    parts, definitions = _together({"defaults": DefaultsModel, "entry": EntryModel} | forms)
    for part in (parts["defaults"], parts["entry"]):
        part["properties"]["needs"] = _one_or_many(part["properties"]["needs"])
        part["properties"]["tags"]["additionalProperties"] = {"type": ["string", "number", "boolean"]}
    entry = parts["entry"]
    entry["properties"]["expect"] = _one_or_many(entry["properties"]["expect"])
    entry["properties"] |= {name: parts[f"kind-{name}"] for name in all_kinds()}
    entry["oneOf"] = [{"required": [name]} for name in all_kinds()]
    return _file("Monitors", {"defaults": parts["defaults"], "monitors": _named(entry)}, definitions)


def runbooks() -> Schema:
    """A step has exactly one of the keys that name a kind."""
    forms: dict[str, Any] = {f"kind-{name}": kind.form for name, kind in step_kinds().items()}
    parts, definitions = _together({"runbook": RunbookForm, "head": StepHead} | forms)
    step = parts["head"]
    bodies = {name: _with_shorthand(parts[f"kind-{name}"], kind.shorthand) for name, kind in step_kinds().items()}
    step["properties"] |= bodies | {"probe": {"type": "object", "properties": bodies, "additionalProperties": False}}
    step["oneOf"] = [{"required": [name]} for name in bodies]
    runbook = parts["runbook"]
    runbook["properties"] |= {
        "steps": {"type": "array", "items": step, "minItems": 1},
        "rollback": {"type": "array", "items": step},
    }
    runbook["required"] = [*runbook.get("required", ()), "steps"]
    limits = definitions["LimitsForm"]["properties"]
    limits["rate"] = limits["rate"] | {"type": ["object", "string", "null"]}
    return {"$schema": DIALECT, "$defs": definitions} | runbook


SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "services": services,
    "monitors": monitors,
    "runbooks": runbooks,
    "calendars": calendars,
}


def _together(models: Mapping[str, Any]) -> tuple[dict[str, Schema], Schema]:
    """The schema of each model, resolved one step, with the definitions that they all share."""
    adapters = [(name, MODE, _adapter(model)) for name, model in models.items()]
    found, whole = TypeAdapter.json_schemas(adapters)
    definitions: Schema = whole.get("$defs", {})
    return {name: _resolved(schema, definitions) for (name, _), schema in found.items()}, definitions


def _adapter(model: Any) -> TypeAdapter[Any]:
    return model if isinstance(model, TypeAdapter) else TypeAdapter(model)


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    """A copy whose first level can be added to."""
    name = schema.get("$ref", "").removeprefix("#/$defs/")
    found = dict(definitions[name] if name else schema)
    if "properties" in found:
        found["properties"] = dict(found["properties"])
    return found


def _file(title: str, properties: Schema, definitions: Schema) -> Schema:
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": definitions,
    }


def _named(schema: Schema) -> Schema:
    return {"type": "object", "additionalProperties": schema}


def _one_or_many(schema: Schema) -> Schema:
    """A list, or its only member; a default stays where editors look for it."""
    return {"anyOf": [schema, schema.get("items", {})]} | {k: schema[k] for k in ("default",) if k in schema}


def _with_shorthand(schema: Schema, shorthand: str | None) -> Schema:
    if shorthand is None or "properties" not in schema:
        return schema
    return {"anyOf": [schema, schema["properties"][shorthand]]}
