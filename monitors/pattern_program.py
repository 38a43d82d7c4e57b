"""A regular expression as a small program for a machine without memory, so that none can run away.

The syntax is that of Python's `re`, as far as it describes a regular language: what needs a memory (back-references,
looking around, possessive repetition) is refused, as RE2 does. After K. Thompson, "Regular expression search
algorithm", Communications of the ACM 11(6), 1968.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from re import _constants, _parser  # type: ignore[attr-defined]  # the only reader of the syntax; in 3.11 to 3.14
from typing import Any

from monitors.errors import TextInvalid

MAX_LENGTH = 1000
MAX_STEPS = 1000
CATEGORIES: Mapping[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_NOT_DIGIT": lambda mark: not mark.isdecimal(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda mark: not mark.isspace(),
    "CATEGORY_WORD": lambda mark: mark.isalnum() or mark == "_",
    "CATEGORY_NOT_WORD": lambda mark: not (mark.isalnum() or mark == "_"),
}


@dataclass(frozen=True, slots=True)
class OneOf:
    """A set of characters, as the parts that `re` reads between brackets."""

    parts: tuple[tuple[str, Any], ...]
    is_negated: bool = False
    ignores_case: bool = False

    def has(self, mark: str) -> bool:
        marks = {mark, mark.lower(), mark.upper()} if self.ignores_case else {mark}
        return any(self._has(m) for m in marks if len(m) == 1) != self.is_negated

    def _has(self, mark: str) -> bool:
        return any(_part_has(name, argument, mark) for name, argument in self.parts)


def _part_has(name: str, argument: Any, mark: str) -> bool:
    if name == "LITERAL":
        return ord(mark) == int(argument)
    if name == "RANGE":
        return int(argument[0]) <= ord(mark) <= int(argument[1])
    return CATEGORIES[str(argument)](mark)


@dataclass(slots=True)
class Step:
    """Read one of `reads`, or check the place by `asserts`, or neither; then go on at each of `then`."""

    then: list[int] = field(default_factory=list)
    reads: OneOf | None = None
    asserts: str | None = None


def compile_program(text: str) -> tuple[Step, ...]:
    """The steps of a pattern, from 0 on; whoever arrives behind the last has found it. Raises TextInvalid."""
    if len(text) > MAX_LENGTH:
        message = f"a pattern has at most {MAX_LENGTH} characters"
        raise TextInvalid(message, MAX_LENGTH + 1)
    try:
        tree = _parser.parse(text)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"'{text}' is not a regular expression: {error}"
        raise TextInvalid(message, (getattr(error, "pos", None) or 0) + 1) from error
    writer = _Writer(text)
    writer.write(tree, tree.state.flags)
    return tuple(writer.steps)


class _Writer:
    """Writes the steps of a tree one behind the other."""

    def __init__(self, text: str) -> None:
        self.steps: list[Step] = []
        self._text = text

    def write(self, tree: Any, flags: int) -> None:
        for name, argument in tree:
            self._write_one(str(name), argument, flags)

    def _write_one(self, name: str, argument: Any, flags: int) -> None:
        if name == "SUBPATTERN":
            _, added, removed, tree = argument
            self.write(tree, (flags | added) & ~removed)
        elif name == "BRANCH":
            self._write_branches(argument[1], flags)
        elif name in {"MAX_REPEAT", "MIN_REPEAT"}:
            self._write_repeat(argument, flags)
        elif name == "AT":
            self._add(asserts=_place(str(argument), flags))
        elif name in {"LITERAL", "NOT_LITERAL", "ANY", "IN"}:
            self._add(reads=_characters(name, argument, flags))
        else:
            raise _refusal(self._text, name)

    def _add(self, reads: OneOf | None = None, asserts: str | None = None) -> Step:
        if len(self.steps) >= MAX_STEPS:
            message = f"'{self._text}' unfolds to more than {MAX_STEPS} steps; make its repetitions smaller"
            raise TextInvalid(message)
        step = Step([len(self.steps) + 1], reads, asserts)
        self.steps.append(step)
        return step

    def _write_branches(self, trees: list[Any], flags: int) -> None:
        fork = self._add()
        fork.then = []
        ends = []
        for tree in trees:
            fork.then.append(len(self.steps))
            self.write(tree, flags)
            ends.append(self._add())
        for end in ends:
            end.then = [len(self.steps)]

    def _write_repeat(self, argument: Any, flags: int) -> None:
        least, most, tree = argument
        for _ in range(least):
            self.write(tree, flags)
        if most == _constants.MAXREPEAT:
            fork = self._add()
            again = len(self.steps) - 1
            self.write(tree, flags)
            self._add().then = [again]
            fork.then.append(len(self.steps))
            return
        forks = []
        for _ in range(int(most) - least):
            forks.append(self._add())
            self.write(tree, flags)
        for fork in forks:
            fork.then.append(len(self.steps))


def _characters(name: str, argument: Any, flags: int) -> OneOf:
    ignores_case = bool(flags & re.IGNORECASE)
    if name == "ANY":
        return OneOf((("LITERAL", 10),) if not flags & re.DOTALL else (), is_negated=True)
    if name in {"LITERAL", "NOT_LITERAL"}:
        return OneOf((("LITERAL", argument),), name == "NOT_LITERAL", ignores_case)
    parts = tuple((str(part), value) for part, value in argument)
    is_negated = parts[:1] == (("NEGATE", None),)
    return OneOf(parts[1:] if is_negated else parts, is_negated, ignores_case)


def _place(name: str, flags: int) -> str:
    if flags & re.MULTILINE and name in {"AT_BEGINNING", "AT_END"}:
        return f"{name}_LINE"
    return name


def _refusal(text: str, name: str) -> TextInvalid:
    what = {"GROUPREF": "a back-reference", "GROUPREF_EXISTS": "a back-reference"}.get(name, "looking around")
    if name in {"POSSESSIVE_REPEAT", "ATOMIC_GROUP"}:
        what = "possessive repetition"
    return TextInvalid(f"'{text}' uses {what}, which can run away on long texts; say it without")
