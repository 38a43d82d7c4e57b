"""The words of a condition: a text cut into tokens that know their column, and a cursor over them."""

import re
from dataclasses import dataclass

from monitors import literals
from monitors.errors import TextInvalid
from watchdesk.spelling import did_you_mean

MAX_LENGTH = 2000
COMPARING = ("==", "!=", "<=", ">=", "<", ">")
SPOKEN = ("in", "matches", "contains")
OPERATORS = (*COMPARING, *SPOKEN)
FOREIGN = {
    "===": "==", "!==": "!=", "=": "==", "<>": "!=", "=>": ">=", "=<": "<=", "=~": "matches", "~=": "matches",
    "~": "matches", "&&": "and", "&": "and", "||": "or", "|": "or", "!": "not",
}  # fmt: skip
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>{literals.NUMBER.pattern})
    |(?P<operator>[=!<>&|~]+)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*)
    |(?P<mark>\.\.|[()\[\].,])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `kind` is text, number, operator, word, mark or end; `column` counts from 1."""

    kind: str
    text: str
    column: int

    @property
    def content(self) -> str:
        r"""Of a text, what stands between its quotes. Only quotes and backslashes are escaped: `"\d"` stays `\d`."""
        return re.sub(r"\\([\"'\\])", r"\1", self.text[1:-1])


class Words:
    """A cursor over the tokens of a text. Raises TextInvalid, when made, at what belongs to no word."""

    def __init__(self, text: str) -> None:
        self._tokens = _cut(text)
        self._at = 0

    def peek(self) -> Token:
        return self._tokens[self._at]

    def take(self) -> Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def accept(self, text: str) -> bool:
        """Whether the next word is `text`, which is then taken."""
        token = self.peek()
        if token.text != text or token.kind not in {"word", "mark"}:
            return False
        self._at += 1
        return True

    def expect(self, text: str, otherwise: str) -> None:
        """Takes `text`, or raises TextInvalid saying `otherwise`."""
        if not self.accept(text):
            raise TextInvalid(otherwise, self.peek().column)


def _cut(text: str) -> list[Token]:
    if len(text) > MAX_LENGTH:
        message = f"a condition has at most {MAX_LENGTH} characters; write several"
        raise TextInvalid(message, MAX_LENGTH + 1)
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _stray(text, at)
        if found.lastgroup != "space":
            tokens.append(_checked(Token(str(found.lastgroup), found.group(), at + 1)))
        at = found.end()
    return [*tokens, Token("end", "", len(text) + 1)]


def _checked(token: Token) -> Token:
    if token.kind == "operator" and token.text not in COMPARING:
        right = FOREIGN.get(token.text)
        hint = f"; did you mean '{right}'?" if right else did_you_mean(token.text, OPERATORS)
        message = f"'{token.text}' is not an operator; known are {' '.join(OPERATORS)}{hint}"
        raise TextInvalid(message, token.column)
    return token


def _stray(text: str, at: int) -> TextInvalid:
    mark = text[at]
    if mark in "\"'":
        return TextInvalid(f"the text that begins with {mark} does not end; close it with {mark}", at + 1)
    return TextInvalid(f"'{mark}' has no meaning in a condition", at + 1)
