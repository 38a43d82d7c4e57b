"""What conditions may speak of: the types of a kind's values, and the operators that fit them."""

import re
from collections.abc import Mapping

from monitors.comparisons import Path
from monitors.condition_words import COMPARING, OPERATORS
from monitors.errors import TextInvalid
from watchdesk.spelling import did_you_mean

ANY_WORD = "*"
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*")
_MEASURES = (*COMPARING, "in")
FITTING: Mapping[str, tuple[str, ...]] = {
    "number": _MEASURES,
    "duration": _MEASURES,
    "size": _MEASURES,
    "percent": _MEASURES,
    "text": ("==", "!=", "in", "matches", "contains"),
    "boolean": ("==", "!="),
    "list": ("contains",),
}


def path_text(path: Path) -> str:
    """A path as a condition spells it."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _WORD.fullmatch(step):
            text += f".{step}"
        else:
            text += f'["{step}"]'
    return text.removeprefix(".")


def operators_for(value_type: str) -> tuple[str, ...]:
    """The operators that make sense for a value of that type."""
    return FITTING.get(value_type, OPERATORS)


def type_at(path: Path, values: Mapping[str, str] | None, column: int) -> str:
    """The type of the value at `path`; json where only looking can tell. Raises TextInvalid for what is not there."""
    if values is None:
        return "json"
    root = str(path[0])
    if root not in values:
        if ANY_WORD in values:
            return values[ANY_WORD]
        known = [name for name in values if "." not in name]
        message = f"there is no value '{root}' here; known are {', '.join(known)}{did_you_mean(root, known)}"
        raise TextInvalid(message, column)
    return _below(path, values, column)


def _below(path: Path, values: Mapping[str, str], column: int) -> str:
    root = str(path[0])
    declared = [name for name in values if name.startswith(f"{root}.")]
    if len(path) == 1:
        if values[root] == "mapping":
            example = declared[0] if declared else f"{root}.NAME"
            message = f"'{root}' is a group of values; name one of them, like {example}"
            raise TextInvalid(message, column)
        return values[root]
    if not declared:
        return _part(path, values[root], column)
    spelled = ".".join(str(step) for step in path)
    if spelled not in values:
        message = (
            f"there is no value '{spelled}' here; known are {', '.join(declared)}{did_you_mean(spelled, declared)}"
        )
        raise TextInvalid(message, column)
    return values[spelled]


def _part(path: Path, whole: str, column: int) -> str:
    if whole not in {"json", "mapping", "list"}:
        message = f"'{path[0]}' is a {whole} and has no parts; write '{path[0]}' alone"
        raise TextInvalid(message, column)
    return "json"
