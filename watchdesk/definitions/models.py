"""From documents to models: pydantic at the border, every complaint turned into a fault with its place."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from watchdesk.definitions.documents import Document, Location
from watchdesk.definitions.faults import Faults
from watchdesk.spelling import did_you_mean

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


LONGEST_SHOWN = 120
# pydantic's words for what YAML calls otherwise
IN_YAML = (("valid tuple", "list"), ("valid list", "list"), ("valid dictionary", "mapping"), ("tuple", "list"))


class Definition(BaseModel):
    """Base of the models of definition files: unknown keys are errors, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], document: Document, location: Location, faults: Faults) -> Model | None:
    """The part of `document` at `location` as a `model`; None when it has faults, which are then collected."""
    return validate_content(model, at(document, location), document, location, faults)


def validate_content(
    model: type[Model], content: Any, document: Document, location: Location, faults: Faults
) -> Model | None:
    """Like `validate` for content that was changed on the way (defaults merged in, say)."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        for detail in error.errors():
            _collect(detail, model, document, location, faults)
        return None


def at(document: Document, location: Location) -> Any:
    """The content at `location`; None where nothing stands."""
    content = document.content
    for step in location:
        if isinstance(content, Mapping):
            content = content.get(step)
        elif isinstance(content, list) and isinstance(step, int) and step < len(content):
            content = content[step]
        else:
            return None
    return content


def mapping_at(document: Document, location: Location, faults: Faults) -> dict[str, Any]:
    """The mapping at `location`; empty when nothing stands there, a fault when something else does."""
    content = at(document, location)
    if content is None:
        return {}
    if not isinstance(content, dict):
        name = location[-1] if location else "the file"
        faults.add(document.place(location), f"'{name}' must be a mapping of names to definitions", "D004")
        return {}
    return content


def refuse_unknown_keys(document: Document, known: Iterable[str], faults: Faults) -> None:
    """A fault for each top-level key of a file that is none of `known`."""
    known = list(known)
    for key in mapping_at(document, (), faults):
        if key not in known:
            message = f"unknown key '{key}'; known here are {', '.join(known)}{did_you_mean(key, known)}"
            faults.add(document.key_place((key,)), message, "D005")


def _collect(detail: ErrorDetails, model: type[BaseModel], document: Document, at: Location, faults: Faults) -> None:
    inner = detail["loc"]
    location = (*at, *inner)
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, inner[:-1])
        key = str(inner[-1])
        hint = did_you_mean(key, known) or (f"; known here are {', '.join(known)}" if known else "")
        faults.add(document.key_place(location), f"unknown key '{key}'{hint}", "D005")
    elif detail["type"] == "missing":
        faults.add(document.key_place(location[:-1]), f"the key '{inner[-1]}' is missing", "D006")
    else:
        name = ".".join(str(step) for step in inner) or "value"
        faults.add(document.place(location), f"'{name}': {words_of(detail)}", "D007")


def words_of(detail: ErrorDetails) -> str:
    """What pydantic complains of, in words that speak of YAML."""
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    words = detail["msg"][:1].lower() + detail["msg"][1:]
    for python, plain in IN_YAML:
        words = words.replace(python, plain)
    given = detail["input"]
    return f"{words}, not {_shown(given)}" if isinstance(given, str | int | float | bool) else words


def _shown(given: str | float) -> str:
    whole = repr(given)
    return whole if len(whole) <= LONGEST_SHOWN else f"{whole[:LONGEST_SHOWN]}…"


def _known_keys(model: type[BaseModel], path: Location) -> list[str]:
    """The keys of the model that stands at `path` below `model`; empty when it is not a plain chain of models."""
    current: Any = model
    for step in path:
        field = getattr(current, "model_fields", {}).get(step)
        if field is None:
            return []
        candidates = [field.annotation, *getattr(field.annotation, "__args__", ())]
        current = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
    fields = getattr(current, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]
