"""From the words of a condition to its parts, checked against what the kind can say."""

from collections.abc import Callable, Mapping

from monitors.comparisons import Comparison, Path
from monitors.condition_operands import read_right_side
from monitors.condition_words import FOREIGN, OPERATORS, SPOKEN, Token, Words
from monitors.errors import TextInvalid
from monitors.literals import complaint
from monitors.logic import Every, Node, Not, Some
from monitors.value_types import operators_for, path_text, type_at
from watchdesk.spelling import did_you_mean, nearest

MAX_DEPTH = 40
RESERVED = frozenset({"and", "or", "not", "true", "false", "null", *SPOKEN})
Values = Mapping[str, str] | None


def read_condition(text: str, values: Values) -> Node:
    """The parts of the condition that `text` spells. Raises TextInvalid."""
    words = Words(text)
    node = _read_choice(words, values, 0)
    left_over = words.peek()
    if left_over.kind != "end":
        raise _unexpected(left_over)
    return node


def read_path(text: str, values: Values) -> Path:
    """The path that `text` spells and nothing else. Raises TextInvalid."""
    words = Words(text)
    path = _read_path(words)
    type_at(path, values, 1)
    left_over = words.peek()
    if left_over.kind != "end":
        message = f"'{left_over.text}' does not belong to the name of a value"
        raise TextInvalid(message, left_over.column)
    return path


def _read_choice(words: Words, values: Values, depth: int) -> Node:
    if depth > MAX_DEPTH:
        message = f"a condition is at most {MAX_DEPTH} deep; write several"
        raise TextInvalid(message, words.peek().column)
    return _joined(words, "or", lambda: _read_both(words, values, depth), Some)


def _read_both(words: Words, values: Values, depth: int) -> Node:
    return _joined(words, "and", lambda: _read_one(words, values, depth), Every)


def _joined(words: Words, word: str, read: Callable[[], Node], make: type[Every] | type[Some]) -> Node:
    parts = [read()]
    while words.accept(word):
        parts.append(read())
    return parts[0] if len(parts) == 1 else make(tuple(parts))


def _read_one(words: Words, values: Values, depth: int) -> Node:
    negated = False
    while words.accept("not"):
        negated = not negated
    if words.accept("("):
        node = _read_choice(words, values, depth + 1)
        words.expect(")", "a parenthesis is not closed; write ')'")
    else:
        node = _read_comparison(words, values)
    return Not(node) if negated else node


def _read_comparison(words: Words, values: Values) -> Comparison:
    start = words.peek()
    path = _read_path(words)
    value_type = type_at(path, values, start.column)
    operator = _read_operator(words, path_text(path), value_type)
    place = words.peek()
    right = read_right_side(words, operator)
    for literal in right.literals:
        wrong = complaint(path_text(path), value_type, literal)
        if wrong:
            raise TextInvalid(wrong, place.column)
    return Comparison(path, value_type, operator.text, right.operand)


def _read_path(words: Words) -> Path:
    root = words.take()
    if root.kind != "word" or root.text in RESERVED:
        raise _no_path(root)
    steps: list[str | int] = [root.text]
    while True:
        if words.accept("."):
            steps.append(_read_name(words))
        elif words.accept("["):
            steps.append(_read_place(words))
        elif words.peek().kind == "number" and words.peek().text.startswith("."):
            steps.append(_read_name(words))
        else:
            return tuple(steps)


def _read_name(words: Words) -> str:
    token = words.take()
    if token.kind == "word":
        return token.text
    message = 'after the dot stands a name; other names stand in brackets and quotes, like body["queue depth"]'
    raise TextInvalid(message, token.column)


def _read_place(words: Words) -> str | int:
    token = words.take()
    if token.kind != "text" and not token.text.isdecimal():
        message = 'in brackets stands a place in a list like [0] or a name like ["queue depth"]'
        raise TextInvalid(message, token.column)
    words.expect("]", "a bracket is not closed; write ']'")
    return token.content if token.kind == "text" else int(token.text)


def _read_operator(words: Words, path: str, value_type: str) -> Token:
    token = words.take()
    if token.text not in OPERATORS:
        raise _no_operator(token, path, value_type)
    allowed = operators_for(value_type)
    if token.text not in allowed:
        message = f"'{path}' is a {value_type}, which is compared by {' '.join(allowed)}, not by '{token.text}'"
        raise TextInvalid(message, token.column)
    return token


def _no_path(token: Token) -> TextInvalid:
    if token.kind == "end":
        return TextInvalid("a comparison is missing; write one like status == 200", token.column)
    return TextInvalid(f"a comparison begins with the name of a value, not with {token.text}", token.column)


def _no_operator(token: Token, path: str, value_type: str) -> TextInvalid:
    if token.kind in {"end", "mark"} or token.text in {"and", "or"}:
        example = f"{path} == true" if value_type == "boolean" else f"{path} {operators_for(value_type)[0]} …"
        return TextInvalid(f"a comparison is missing after '{path}'; write it like {example}", token.column)
    known = " ".join(OPERATORS)
    message = f"'{token.text}' is not an operator; known are {known}{did_you_mean(token.text, OPERATORS)}"
    return TextInvalid(message, token.column)


def _unexpected(token: Token) -> TextInvalid:
    if token.text == ")":
        return TextInvalid("')' closes nothing; take it away or open it", token.column)
    near = FOREIGN.get(token.text) or nearest(token.text, ("and", "or"))
    hint = f"; did you mean '{near}'?" if near else ""
    return TextInvalid(f"'{token.text}' after a comparison: comparisons are joined by and, or{hint}", token.column)
