"""The right side of a comparison: literals, ranges, lists and patterns."""

from dataclasses import dataclass

from monitors import literals
from monitors.comparisons import Between, Operand
from monitors.condition_words import Token, Words
from monitors.errors import TextInvalid
from monitors.literals import Literal
from monitors.patterns import compile_pattern

ORDERING = frozenset({"<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class RightSide:
    """What a value is compared to, and the literals that it was made of."""

    operand: Operand
    literals: tuple[Literal, ...]


def read_right_side(words: Words, operator: Token) -> RightSide:
    """What stands after `operator`. Raises TextInvalid."""
    if operator.text == "in":
        return _read_many(words, operator)
    start = words.peek()
    if words.accept("["):
        message = f"a list belongs after 'in', not after '{operator.text}'"
        raise TextInvalid(message, start.column)
    literal = _read_literal(words, operator)
    if words.accept(".."):
        message = f"a range belongs after 'in', not after '{operator.text}'"
        raise TextInvalid(message, start.column)
    if operator.text in ORDERING and isinstance(literal.value, str | bool):
        message = f"'{operator.text}' compares numbers, not {literal.text}"
        raise TextInvalid(message, start.column)
    operand = _pattern(literal, start) if operator.text == "matches" else literal.value
    return RightSide(operand, (literal,))


def _read_many(words: Words, operator: Token) -> RightSide:
    start = words.peek()
    if words.accept("["):
        return _read_list(words, operator, start)
    low = _read_literal(words, operator)
    if not words.accept(".."):
        message = f"after 'in' stands a range like 200..299 or a list like [200, 204], not {low.text} alone"
        raise TextInvalid(message, start.column)
    high = _read_literal(words, operator)
    if isinstance(low.value, str | bool) or isinstance(high.value, str | bool):
        message = f"a range has numbers as its ends, not {low.text}..{high.text}"
        raise TextInvalid(message, start.column)
    if low.value > high.value:
        message = f"the range {low.text}..{high.text} is empty; write {high.text}..{low.text}"
        raise TextInvalid(message, start.column)
    return RightSide(Between(low.value, high.value), (low, high))


def _read_list(words: Words, operator: Token, start: Token) -> RightSide:
    items = [_read_literal(words, operator)]
    while words.accept(","):
        items.append(_read_literal(words, operator))
    words.expect("]", "a list is not closed; write ']'")
    if len({item.type for item in items}) > 1:
        message = "a list has items of one type; write two comparisons joined by 'or'"
        raise TextInvalid(message, start.column)
    return RightSide(tuple(item.value for item in items), tuple(items))


def _read_literal(words: Words, operator: Token) -> Literal:
    token = words.take()
    if token.kind == "number":
        try:
            return literals.number(token.text)
        except TextInvalid as error:
            raise error.moved(token.column - 1) from error
    if token.kind == "text":
        return Literal("text", token.content, token.text)
    if token.kind == "word" and token.text in {"true", "false"}:
        return Literal("boolean", token.text == "true", token.text)
    raise _no_literal(token, operator)


def _no_literal(token: Token, operator: Token) -> TextInvalid:
    if token.text.lower() in {"null", "none", "nil", "nan"}:
        words = f"nothing equals {token.text}: a condition on a value that is not there is unknown by itself"
    elif token.text.lower() in {"true", "false"}:
        words = f"'{token.text}' is written {token.text.lower()}"
    elif token.kind == "word":
        words = f'text stands in quotes: write "{token.text}"'
    elif token.kind == "end":
        words = f"a value is missing after '{operator.text}'"
    else:
        words = f"a value is missing after '{operator.text}'; there stands '{token.text}'"
    return TextInvalid(words, token.column)


def _pattern(literal: Literal, start: Token) -> Operand:
    if not isinstance(literal.value, str):
        message = f'a pattern stands in quotes: write "{literal.text}"'
        raise TextInvalid(message, start.column)
    try:
        return compile_pattern(literal.value)
    except TextInvalid as error:
        raise error.moved(start.column) from error
