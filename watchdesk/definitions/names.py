"""The names that a folder of definitions declares, for checking references before everything is read."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import WithJsonSchema

from watchdesk.definitions.documents import Document, Location, read_documents
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.models import at
from watchdesk.spelling import did_you_mean

# How a value that is one text or a list of them is published in the JSON Schema.
ONE_OR_MORE = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})


def one_or_more(given: object) -> object:
    """A single text as a list of one; anything else as it is, for pydantic to judge."""
    return [given] if isinstance(given, str) else given


def names_in(root: Path, folder: str, key: str) -> frozenset[str]:
    """The names under the top-level `key` of all files of a folder; faults in them are left to their own reader."""
    found: set[str] = set()
    for document in read_documents(root, folder, Faults()):
        content = at(document, (key,))
        if isinstance(content, Mapping):
            found.update(content)
    return frozenset(found)


class Uses:
    """Checks names that a document uses against those that exist, each fault at the place of the use."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def check(self, word: str, name: str, known: frozenset[str], where: tuple[Document, Location]) -> bool:
        """Whether `name` is a known `word` ('service', 'calendar'); a fault otherwise."""
        if name in known:
            return True
        document, location = where
        listed = f"; known are {', '.join(sorted(known))}" if 0 < len(known) <= 8 else ""
        hint = did_you_mean(name, known) or listed
        self._faults.add(document.place(location), f"no {word} is called '{name}'{hint}", "D008")
        return False
