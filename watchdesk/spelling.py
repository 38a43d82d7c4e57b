"""The nearest right spelling of a word that is not known."""

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, or None when none is near."""
    found = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.55)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A clause for the end of a message; empty when nothing is near."""
    found = nearest(word, known)
    return f"; did you mean '{found}'?" if found else ""
