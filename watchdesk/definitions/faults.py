"""Faults of definitions: where, what, why and what to do; collected, never raised one by one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from watchdesk.catalogue import Place
from watchdesk.errors import WatchdeskError


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One fault. `code` names its class in the reference (D001 …)."""

    file: str
    line: int
    column: int
    message: str
    code: str = "D000"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


@dataclass(slots=True)
class Faults:
    """A collector: reading goes on after a fault, so that all are reported at once."""

    found: list[Fault] = field(default_factory=list)

    def add(self, place: Place, message: str, code: str = "D000") -> None:
        self.found.append(Fault(file=place.file, line=place.line, column=place.column, message=message, code=code))

    def __iter__(self) -> Iterator[Fault]:
        return iter(sorted(set(self.found)))

    def __bool__(self) -> bool:
        return bool(self.found)


class DefinitionsInvalid(WatchdeskError):
    """Definitions with faults; the command line exits with 3."""

    def __init__(self, faults: Faults) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
