"""What stands under `expect`: lines that are conditions, and mappings of one value to its thresholds."""

from typing import Any

from monitors import conditions
from monitors.condition_parser import Values
from monitors.definition_models import LimitsModel
from monitors.errors import TextInvalid
from monitors.expectation import Expectation
from monitors.thresholds import LimitInvalid, Limits, read_thresholds
from watchdesk.definitions.documents import Document, Location
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.models import validate_content

Where = tuple[Document, Location]
CODE = "D012"


def read_expectations(lines: tuple[Any, ...], values: Values, where: Where, faults: Faults) -> tuple[Expectation, ...]:
    """The expectations that could be read; every fault of the others is collected.

    `where` is the place of the list. With None for `values` only the spelling is checked.
    """
    document, location = where
    found = (_read(line, values, (document, (*location, place)), faults) for place, line in enumerate(lines))
    return tuple(expectation for expectation in found if expectation is not None)


def _read(line: Any, values: Values, where: Where, faults: Faults) -> Expectation | None:
    if isinstance(line, str):
        return _read_condition(line, values, where, faults)
    if isinstance(line, dict) and len(line) == 1:
        (path, limits), *_ = line.items()
        return _read_limits(path, limits, values, where, faults)
    document, location = where
    message = "an expectation is a condition like status == 200, or one value with its limits like"
    faults.add(document.place(location), f'{message} latency: {{warn: "> 300ms", crit: "> 2s"}}', CODE)
    return None


def _read_condition(text: str, values: Values, where: Where, faults: Faults) -> Expectation | None:
    document, location = where
    try:
        return Expectation(text=text, holds=conditions.parse(text, values))
    except TextInvalid as error:
        faults.add(document.place(location), f"'{text}', at character {error.column}: {error.message}", CODE)
        return None


def _read_limits(  # noqa: PLR0913, RUF100
    path: str, content: Any, values: Values, where: Where, faults: Faults
) -> Expectation | None:
    document, location = where
    if not isinstance(content, dict):
        message = f'\'{path}\' has limits like {{warn: "> 80", crit: "> 90"}}, or is a condition: {path} == {content}'
        faults.add(document.place((*location, path)), message, CODE)
        return None
    model = validate_content(LimitsModel, content, document, (*location, path), faults)
    if model is None:
        return None
    limits = Limits(warn=model.warn, crit=model.crit, recover=model.recover, for_at_least=model.for_at_least)
    try:
        return read_thresholds(path, limits, values)
    except LimitInvalid as error:
        place = (*location, path, error.key) if error.key else (*location, path)
        at = document.place(place) if error.key else document.key_place(place)
        spot = f"'{content[error.key]}', at character {error.column}: " if error.key else ""
        faults.add(at, spot + error.message, CODE)
        return None
