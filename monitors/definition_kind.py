"""Which kind an entry names, by its one key; what stands under that key; and every key that is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from monitors.definition_models import EntryModel
from monitors.kinds import Kind
from watchdesk.definitions.documents import Document, Location
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.models import words_of
from watchdesk.spelling import did_you_mean, nearest

Where = tuple[Document, Location]
FIELDS = tuple(EntryModel.model_fields)
CODE = "D011"


@dataclass(frozen=True, slots=True)
class KindKeys:
    """How an entry's keys divide: the kind, None unless exactly one is named, and the keys that everybody has."""

    kind: Kind | None
    common: Mapping[str, Any]


def divide(content: Mapping[str, Any], kinds: Mapping[str, Kind], where: Where, faults: Faults) -> KindKeys:
    """Finds the kind of an entry. Unknown keys, a kind that is not built, none, or two of them are faults."""
    document, location = where
    named = [key for key in content if key in kinds]
    common = {key: value for key, value in content.items() if key in FIELDS}
    strange = [key for key in content if key not in kinds and key not in FIELDS]
    is_missing = not named
    for key in strange:
        message, is_kind = _about(key, kinds, is_missing=is_missing)
        faults.add(document.key_place((*location, key)), message, CODE if is_kind else "D005")
        is_missing = is_missing and not is_kind
    if is_missing:
        message = f"monitor '{location[-1]}' names no kind; write one key of {', '.join(sorted(kinds))}"
        faults.add(document.key_place(location), message, CODE)
    for key in named[1:]:
        message = f"monitor '{location[-1]}' names two kinds, '{named[0]}' and '{key}'; keep one, or make two monitors"
        faults.add(document.key_place((*location, key)), message, CODE)
    return KindKeys(kinds[named[0]] if len(named) == 1 else None, common)


def _about(key: str, kinds: Mapping[str, Kind], *, is_missing: bool) -> tuple[str, bool]:
    """What is wrong with an unknown key, and whether it was meant as the kind."""
    near = nearest(key, (*kinds, *FIELDS))
    if is_missing and (near is None or near in kinds):
        hint = f"; did you mean '{near}'?" if near else ""
        return f"kind '{key}' is not built; built are {', '.join(sorted(kinds))}{hint}", True
    listed = f"; known are a kind ({', '.join(sorted(kinds))}) and {', '.join(FIELDS)}"
    return f"unknown key '{key}'" + (f"; did you mean '{near}'?" if near else listed), False


def read_form(kind: Kind, content: Any, where: Where, faults: Faults) -> Any:
    """The frozen value of what stands under the kind's key; None after a fault."""
    try:
        return kind.form.validate_python(content)
    except ValidationError as error:
        for detail in error.errors():
            _collect(detail, kind.form, content, where, faults)
        return None


def _collect(detail: ErrorDetails, form: TypeAdapter[Any], content: Any, where: Where, faults: Faults) -> None:
    document, location = where
    inner = _real(detail["loc"], content)
    name = ".".join(str(step) for step in (location[-1], *inner))
    if detail["type"] == "extra_forbidden":
        known = _keys(form)
        hint = did_you_mean(str(inner[-1]), known) or f"; known here are {', '.join(known)}"
        faults.add(document.key_place((*location, *inner)), f"unknown key '{inner[-1]}'{hint}", "D005")
    elif detail["type"] == "missing":
        missing = detail["loc"][-1]
        faults.add(document.key_place((*location, *inner)), f"'{name}' lacks the key '{missing}'", "D006")
    else:
        faults.add(document.place((*location, *inner)), f"'{name}': {words_of(detail)}", "D007")


def _real(steps: tuple[str | int, ...], content: Any) -> Location:
    """The steps that are really there; pydantic names its own types among them."""
    found: list[str | int] = []
    for step in steps:
        is_key = isinstance(content, Mapping) and step in content
        if is_key or (isinstance(content, list) and isinstance(step, int) and step < len(content)):
            content = content[step]
            found.append(step)
    return tuple(found)


def _keys(form: TypeAdapter[Any]) -> list[str]:
    """Every key that the form knows."""
    schema = form.json_schema()
    parts = [schema, *schema.get("$defs", {}).values(), *schema.get("anyOf", [])]
    return list(dict.fromkeys(key for part in parts for key in part.get("properties", {})))
