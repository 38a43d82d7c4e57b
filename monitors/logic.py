"""And, or and not in three values, by Kleene: None is what cannot be known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from monitors.comparisons import Comparison


class Node(Protocol):
    """A part of a condition."""

    def holds(self, values: Mapping[str, Any]) -> bool | None: ...

    def comparisons(self) -> tuple[Comparison, ...]: ...


@dataclass(frozen=True, slots=True)
class Every:
    """Joined by `and`: false as soon as one part is false, whatever else is not known."""

    parts: tuple[Node, ...]

    def holds(self, values: Mapping[str, Any]) -> bool | None:
        answers = {part.holds(values) for part in self.parts}
        return False if False in answers else None if None in answers else True

    def comparisons(self) -> tuple[Comparison, ...]:
        return tuple(c for part in self.parts for c in part.comparisons())


@dataclass(frozen=True, slots=True)
class Some:
    """Joined by `or`: true as soon as one part is true, whatever else is not known."""

    parts: tuple[Node, ...]

    def holds(self, values: Mapping[str, Any]) -> bool | None:
        answers = {part.holds(values) for part in self.parts}
        return True if True in answers else None if None in answers else False

    def comparisons(self) -> tuple[Comparison, ...]:
        return tuple(c for part in self.parts for c in part.comparisons())


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; of what is not known, nothing is known."""

    part: Node

    def holds(self, values: Mapping[str, Any]) -> bool | None:
        answer = self.part.holds(values)
        return None if answer is None else not answer

    def comparisons(self) -> tuple[Comparison, ...]:
        return self.part.comparisons()
