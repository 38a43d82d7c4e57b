"""Regular expressions that cannot run away: searched in time proportional to the text, whatever the pattern.

A pattern becomes a deterministic automaton whose states are made as they are needed and kept (as RE2 does; R. Cox,
"Regular expression matching in the wild", 2010). What would cost too much is not known: None.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from monitors.errors import TextInvalid
from monitors.pattern_program import Step, compile_program

MAX_TEXT = 256 * 1024
MAX_WORK = 50_000
MAX_STATES = 1000
SPECIAL = frozenset(r".^$*+?{}[]\|()")
LAST_NEWLINE = "\n$"
END = "$"


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where the machine may be between two characters; `after` is the character before (only its sort counts)."""

    at: frozenset[int]
    after: str
    next: "dict[str, State]" = field(default_factory=dict)


FOUND = State(frozenset(), "")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; two of the same text are equal."""

    text: str
    steps: tuple[Step, ...] = field(compare=False, repr=False)
    states: dict[tuple[frozenset[int], str], State] = field(default_factory=dict, compare=False, repr=False)

    def found_in(self, text: str) -> bool | None:
        """Whether the pattern occurs anywhere in `text`.

        None when that is not known: the text is longer than MAX_TEXT and its beginning does not decide, or the search
        would take more than MAX_WORK steps.
        """
        if not self.steps:
            return self.text in text[:MAX_TEXT] or (None if len(text) > MAX_TEXT else False)
        return _Search(self).run(text)


def compile_pattern(text: str) -> Pattern:
    """The pattern that `text` spells in the syntax of `re`. Raises TextInvalid with the column."""
    if not text:
        message = "an empty pattern is found everywhere; write what must be there"
        raise TextInvalid(message)
    return Pattern(text, compile_program(text) if SPECIAL & set(text) else ())


class _Search:
    """One search; new states are added to those that the pattern keeps."""

    def __init__(self, pattern: Pattern) -> None:
        self._steps = pattern.steps
        self._states = pattern.states
        self._work = 0
        self._knows_places = any(step.asserts for step in pattern.steps)

    def run(self, text: str) -> bool | None:
        state = self._state(frozenset(), "")
        for mark in _marks(text):
            following = state.next.get(mark)
            if following is None:
                following = self._follow(state, mark)
            if following is FOUND:
                return True
            if self._work > MAX_WORK:
                return None
            state = following
        if len(text) > MAX_TEXT:
            return None
        return len(self._steps) in self._reach(state, END)

    def _follow(self, state: State, mark: str) -> State:
        reached = self._reach(state, mark)
        if len(self._steps) in reached:
            following = FOUND
        else:
            read = [s for s in (self._steps[at] for at in reached) if s.reads is not None and s.reads.has(mark[0])]
            following = self._state(frozenset(s.then[0] for s in read), _sort(mark) if self._knows_places else "")
        state.next[mark] = following
        return following

    def _state(self, at: frozenset[int], after: str) -> State:
        state = self._states.get((at, after))
        if state is None:
            if len(self._states) >= MAX_STATES:
                self._states.clear()
            state = self._states[at, after] = State(at, after)
        return state

    def _reach(self, state: State, mark: str) -> set[int]:
        """All steps that can be reached before `mark` is read; a search may begin anew at every character."""
        reached: set[int] = set()
        waiting = [0, *state.at]
        while waiting:
            at = waiting.pop()
            if at in reached:
                continue
            reached.add(at)
            self._work += 1
            if at < len(self._steps):
                step = self._steps[at]
                if step.reads is None and (step.asserts is None or _is_at(step.asserts, state.after, mark)):
                    waiting.extend(step.then)
        return reached


def _marks(text: str) -> Iterator[str]:
    """The characters of the text, a newline at its very end marked as such, as `$` holds before it too."""
    if len(text) > MAX_TEXT:
        return iter(text[:MAX_TEXT])
    if not text.endswith("\n"):
        return iter(text)
    return iter([*text[:-1], LAST_NEWLINE])


def _sort(mark: str) -> str:
    if mark[0] == "\n":
        return "\n"
    return "w" if mark.isalnum() or mark == "_" else "-"


def _is_at(place: str, after: str, mark: str) -> bool:
    """Whether a place between the sort of character `after` and the character `mark` is what it should be."""
    if place in {"AT_BEGINNING", "AT_BEGINNING_STRING"}:
        return after == ""
    if place == "AT_BEGINNING_LINE":
        return after in {"", "\n"}
    if place == "AT_END":
        return mark in {END, LAST_NEWLINE}
    if place == "AT_END_LINE":
        return mark in {END, LAST_NEWLINE, "\n"}
    if place == "AT_END_STRING":
        return mark is END
    is_edge = (after == "w") != (mark is not END and _sort(mark) == "w")
    return is_edge == (place == "AT_BOUNDARY")
