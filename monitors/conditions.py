"""Conditions on what a probe saw: `status == 200`, `body.queue.depth < 100 and not text contains "error"`.

    condition   = both { "or" both }
    both        = one { "and" one }
    one         = "not" one | "(" condition ")" | comparison
    comparison  = path operator literal
    path        = word { "." word | "[" number "]" | "[" text "]" }
    operator    = == != < <= > >= in matches contains
    literal     = number, with a unit or without | text in quotes | true | false
                | literal ".." literal | "[" literal { "," literal } "]"

Everything is judged in three values by Kleene's logic, so that what is not known decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitors.comparisons import Comparison, Path, look_up
from monitors.condition_parser import Values, read_condition
from monitors.literals import show
from monitors.logic import Node
from monitors.value_types import path_text


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as its author wrote it, ready to be judged. `paths` are the values it speaks of.

    `spoken` names each of them once, as spelled, with a comparison that speaks of it.
    """

    text: str
    root: Node
    paths: frozenset[Path]
    spoken: tuple[tuple[str, Comparison], ...] = field(repr=False)

    def holds(self, values: Mapping[str, Any]) -> bool | None:
        """True, False, or None when a value that decides is missing, null, not a number or of another type."""
        return self.root.holds(values)

    def seen(self, values: Mapping[str, Any]) -> dict[str, str]:
        """What was seen at each path, as people read it; 'missing' where nothing stands."""
        return {name: _shown(values, comparison) for name, comparison in self.spoken}


def parse(text: str, values: Values) -> Condition:
    """The condition that `text` spells, over a kind's `values` (root word or dotted path → type).

    With None for `values` only the spelling is checked. Raises TextInvalid with the column and the nearest right
    spelling.
    """
    return of(text, read_condition(text, values))


def of(text: str, root: Node) -> Condition:
    """A condition made of its parts."""
    spoken = {path_text(comparison.path): comparison for comparison in root.comparisons()}
    return Condition(text, root, frozenset(c.path for c in spoken.values()), tuple(spoken.items()))


def _shown(values: Mapping[str, Any], comparison: Comparison) -> str:
    value = look_up(values, comparison.path)
    return "missing" if value is None else show(value, comparison.value_type)
