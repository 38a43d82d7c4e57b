"""Text from outside made fit to be read: no control characters, no invisible direction marks, no endless lengths."""

import re
import unicodedata

ELLIPSIS = "…"
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-_]")
_INVISIBLE = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x061C, 0xFEFF], None
)


def one_line(text: object, limit: int = 500) -> str:
    """A single line of at most `limit` characters: line ends and tabs become spaces, the invisible goes."""
    return shortened(" ".join(cleaned(str(text)[: limit * 8]).split()), limit)


def lines_of(text: str, limit: int = 4000) -> str:
    """Several lines of at most `limit` characters; of a longer text its end, where programs say what went wrong."""
    if len(text) > limit:
        text = ELLIPSIS + text[-limit:]
    return cleaned(text).strip("\n")


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where one is near."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    space = head.rfind(" ")
    return (head[:space] if space > limit * 2 // 3 else head).rstrip() + ELLIPSIS


def cleaned(text: str) -> str:
    """The text without terminal sequences, control characters (but line ends and tabs) and direction marks."""
    text = _TERMINAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_INVISIBLE)
    return "".join(
        sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs", "Zl", "Zp"}
    )
