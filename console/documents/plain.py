"""Values as JSON knows them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from watchdesk.definitions.quantities import format_duration


def plain(value: Any) -> Any:
    """The value as JSON knows it: ISO 8601 times with offset, durations as `1h30m`, values as mappings."""
    for kinds, turn in PLAINER:
        if isinstance(value, kinds) and not isinstance(value, type):
            return turn(value)
    return plain(asdict(value)) if is_dataclass(value) and not isinstance(value, type) else value


PLAINER: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (datetime, lambda value: value.isoformat(timespec="milliseconds")),
    (timedelta, format_duration),
    (Enum, lambda value: value.value),
    (Path, str),
    (Mapping, lambda value: {str(key): plain(inner) for key, inner in value.items()}),
    ((set, frozenset), lambda value: sorted(plain(inner) for inner in value)),
    ((list, tuple), lambda value: [plain(inner) for inner in value]),
)
