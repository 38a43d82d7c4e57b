"""Fields of definition files as rows for people, read from their JSON Schema."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from watchdesk.definitions.quantities import ByteSize, Duration, Ratio, format_duration

Schema = Mapping[str, Any]
_SPAN: TypeAdapter[timedelta] = TypeAdapter(timedelta)
_QUANTITIES = {
    TypeAdapter(kind).json_schema()["pattern"]: words
    for kind, words in ((Duration, "duration"), (Ratio, "percent"), (ByteSize, "size"))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its path from the top of the form, what may stand there, and what holds without it."""

    path: str
    words: str
    default: str


def fields_of(
    schema: Schema, definitions: Schema, prefix: str = "", skipped: frozenset[str] = frozenset()
) -> Iterator[Field]:
    """The fields of an object, those of objects inside it after their own, by dotted path; but for the skipped ones."""
    required = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        if name in skipped:
            continue
        path = f"{prefix}{name}"
        yield Field(path=path, words=words(part, definitions), default=_default(part, is_required=name in required))
        for suffix, inner in _objects(part, definitions):
            yield from fields_of(inner, definitions, f"{path}{suffix}.", skipped)


def table(fields: Iterable[Field]) -> list[str]:
    """The fields as a Markdown table."""
    lines = ["| field | what may stand there | without it |", "|---|---|---|"]
    return [*lines, *(f"| `{f.path}` | {cell(f.words)} | {cell(f.default)} |" for f in fields)]


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def words(schema: Schema, definitions: Schema) -> str:
    """What a schema lets through, in words."""
    found = _resolved(schema, definitions)
    if "anyOf" in found:
        options = [words(option, definitions) for option in found["anyOf"]]
        return " or ".join(dict.fromkeys(option for option in options if option != "nothing"))
    if "enum" in found:
        return ", ".join(f"`{choice}`" for choice in found["enum"])
    if "const" in found:
        return f"`{found['const']}`"
    return _typed(found, definitions)


def _typed(schema: Schema, definitions: Schema) -> str:
    if schema.get("pattern") in _QUANTITIES:
        return _QUANTITIES[schema["pattern"]]
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(_typed({"type": one}, definitions) for one in kind if one != "null")
    if kind == "array":
        return f"list of {words(schema.get('items', {}), definitions)}"
    if kind == "object":
        inner = schema.get("additionalProperties") or next(iter(schema.get("patternProperties", {}).values()), None)
        return f"mapping of names to {words(inner, definitions)}" if isinstance(inner, dict) else "mapping"
    named = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}
    return named.get(str(kind), "nothing" if kind == "null" else str(kind)) + _bounds(schema)


def _bounds(schema: Schema) -> str:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None and high is None:
        return ""
    return (f" from {low}" if low is not None else "") + (f" to {high}" if high is not None else "")


def _default(schema: Schema, *, is_required: bool) -> str:
    if is_required:
        return "required"
    value = schema.get("default")
    if value in (None, [], {}, "") or isinstance(value, dict):
        return "–"
    if isinstance(value, str) and value.startswith("P"):
        with suppress(ValidationError):
            return f"`{format_duration(_SPAN.validate_python(value))}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _objects(schema: Schema, definitions: Schema) -> Iterator[tuple[str, Schema]]:
    """The objects that may stand at a place, each with what is added to the path to reach its fields."""
    found = _resolved(schema, definitions)
    for option in found.get("anyOf", [found]):
        inner = _resolved(option, definitions)
        if inner.get("properties"):
            yield "", inner
        for suffix, part in _parts(inner):
            yield from ((f"{suffix}{more}", deeper) for more, deeper in _objects(part, definitions))


def _parts(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """What stands in a mapping of names, or in a list."""
    named = schema.get("additionalProperties")
    if isinstance(named, dict):
        yield ".NAME", named
    for part in schema.get("patternProperties", {}).values():
        yield ".NAME", part
    if isinstance(schema.get("items"), dict):
        yield "[]", schema["items"]


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None and len(schema.get("allOf", ())) == 1:
        reference = schema["allOf"][0].get("$ref")
    if reference is None:
        return schema
    return {**definitions[reference.rpartition("/")[2]], **{k: v for k, v in schema.items() if k != "$ref"}}
