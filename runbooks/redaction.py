"""What may be kept and shown of a step's output: secrets taken out by value, nothing that steers a terminal."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from runbooks.steps.kind import OUTPUT_BYTES

HIDDEN = "[redacted]"
CUT = "\n[cut: the output was longer than 256 KiB]"
SHORTEST = 4  # hiding every "a" would hide nothing and destroy the text
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x1b\\|\x07|\Z)"  # OSC, DCS, SOS, PM, APC: titles, clipboard, links
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x80-\x9f]",
    re.DOTALL,
)
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def presentable(text: str, secrets: Iterable[str]) -> str:
    """`text` without the secrets, without control sequences and bidirectional overrides, and at most 256 KiB long."""
    shown = _UNSEEN.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    for form in sorted(spellings(secrets), key=len, reverse=True):
        shown = shown.replace(form, HIDDEN)
    encoded = shown.encode("utf-8", "replace")
    if len(encoded) <= OUTPUT_BYTES:
        return encoded.decode()
    return encoded[: OUTPUT_BYTES - len(CUT)].decode("utf-8", "ignore") + CUT


def spellings(secrets: Iterable[str]) -> set[str]:
    """The ways in which a secret may turn up in a text: as it is, URL-encoded, in base64, in a repr, line by line."""
    found: set[str] = set()
    for secret in secrets:
        lines = [line.strip() for line in secret.splitlines()]
        for text in (secret, secret.strip(), *lines):
            if len(text) >= SHORTEST:
                found |= {text, quote(text, safe=""), quote(text), quote_plus(text), repr(text)[1:-1], *_base64(text)}
    return {form for form in found if len(form) >= SHORTEST}


def _base64(text: str) -> Iterable[str]:
    """Its base64 spellings at each of the three alignments inside a longer text, without the uncertain ends."""
    raw = text.encode("utf-8", "surrogatepass")
    for lead in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * lead + raw).decode().rstrip("=")
            first = (0, 2, 3)[lead]
            last = len(whole) - (1 if (lead + len(raw)) % 3 else 0)
            piece = whole[first:last]
            if len(piece) >= SHORTEST + 2:
                yield piece
