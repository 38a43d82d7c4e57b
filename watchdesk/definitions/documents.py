"""YAML documents as plain values that remember the place of every key and value.

YAML 1.2's core schema decides what a plain word is: `on`, `no` and `12:30` are text. Environment variables written
`${NAME}` or `${NAME:-default}` are filled in here, in values only, before any model looks at them; `${params.…}` is
left alone. `<<` merges an anchored mapping in, whose keys yield to those that are written out.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from watchdesk.catalogue import Place
from watchdesk.definitions.faults import Faults

Location = tuple[str | int, ...]
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 50
MAX_MERGES = 10_000
MERGE = "<<"
MAX_VALUES = 1_000_000  # aliases may repeat, but a small file must not grow into a huge value


class _Loader(yaml.CSafeLoader):
    """The C parser with the resolver of YAML 1.2's core schema instead of 1.1's."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  PyYAML's own way of declaring it


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its content and the places of its keys and values, by path from the root.

    `place(("monitors", "a", "every"))` is where the value of `every` begins; `key_place` where the key stands.
    """

    file: str
    content: Any
    values: Mapping[Location, tuple[int, int]] = field(repr=False)
    keys: Mapping[Location, tuple[int, int]] = field(repr=False)

    def place(self, location: Location) -> Place:
        """Where the value at `location` stands; of a missing one, the nearest thing around it."""
        while location and location not in self.values:
            location = location[:-1]
        line, column = self.values.get(location, (1, 1))
        return Place(file=self.file, line=line, column=column)

    def key_place(self, location: Location) -> Place:
        if location in self.keys:
            line, column = self.keys[location]
            return Place(file=self.file, line=line, column=column)
        return self.place(location)


def read_documents(root: Path, folder: str, faults: Faults) -> list[Document]:
    """All YAML files below `root/folder`, by name. What cannot be read becomes a fault and is left out."""
    paths = sorted(p for p in (root / folder).rglob("*") if p.suffix in {".yaml", ".yml"} and p.is_file())
    documents = (read_document(path, str(path.relative_to(root)), faults) for path in paths)
    return [document for document in documents if document is not None]


def read_document(path: Path, name: str, faults: Faults) -> Document | None:
    """One YAML file, shown to people as `name`; None when a fault was found that leaves nothing to look at."""
    start = Place(file=name, line=1)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            faults.add(start, f"the file is larger than {MAX_FILE_BYTES >> 20} MiB; split it", "D001")
            return None
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8")
        faults.add(_place_after(before, name), f"cannot be read as UTF-8 text: {error.reason}", "D001")
        return None
    except OSError as error:
        faults.add(start, f"cannot be read: {error.strerror}", "D001")
        return None
    return parse_document(text, name, faults)


def parse_document(text: str, name: str, faults: Faults, environ: Mapping[str, str] | None = None) -> Document | None:
    """The document that `text` spells; None after a fault of syntax. An empty text is an empty mapping."""
    loader = _Loader(text)
    try:
        node = _compose(loader)
        reader = _Reader(loader, name, faults, os.environ if environ is None else environ)
        content = None if node is None else reader.read(node, ())
    except ReaderError as error:
        words = f"the character {chr(error.character)!r} may not stand in a YAML file"
        faults.add(_place_after(text.encode()[: error.position].decode(errors="ignore"), name), words, "D001")
        return None
    except yaml.YAMLError as error:
        faults.add(_place_of(error, name), f"not valid YAML: {_words_of(error)}", "D001")
        return None
    finally:
        loader.dispose()
    return Document(file=name, content={} if content is None else content, values=reader.values, keys=reader.keys)


def _compose(loader: _Loader) -> yaml.Node | None:
    try:
        return loader.get_single_node()
    except RecursionError as error:
        raise yaml.YAMLError from error


class _Reader:
    """Walks the nodes of one document, noting places."""

    def __init__(self, loader: _Loader, name: str, faults: Faults, environ: Mapping[str, str]) -> None:
        self._loader, self._name, self._faults, self._environ = loader, name, faults, environ
        self.values: dict[Location, tuple[int, int]] = {}
        self.keys: dict[Location, tuple[int, int]] = {}
        self._merging: list[yaml.Node] = []
        self._merges = 0

    def read(self, node: yaml.Node, location: Location) -> Any:
        if len(location) > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deep, or it holds itself", problem_mark=node.start_mark)
        if len(self.values) > MAX_VALUES:
            raise yaml.MarkedYAMLError(problem="too large once its aliases are filled in", problem_mark=node.start_mark)
        self.values[location] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            return self._read_mapping(node, location)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(child, (*location, index)) for index, child in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)  # noqa: S101  the third and last kind of node
        return self._read_scalar(node, location)

    def _read_mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._fill(found, node, location)
        return found

    def _fill(self, found: dict[str, Any], node: yaml.MappingNode, location: Location) -> None:
        """Adds the entries of `node` whose keys are not there yet, then those of what is merged into it."""
        own: set[str] = set()
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            key = str(key_node.value)
            place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(place, "a key must be plain text", "D001")
            elif key in own:
                self._fault(place, f"the key '{key}' stands twice in one mapping; keep one", "D002")
            elif key == MERGE and not key_node.style:
                merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            elif key not in found:
                self.keys[*location, key] = place
                found[key] = self.read(value_node, (*location, key))
            own.add(key)
        for part in merged:
            self._merge(found, part, location)

    def _merge(self, found: dict[str, Any], node: yaml.Node, location: Location) -> None:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        if not isinstance(node, yaml.MappingNode):
            self._fault(place, "'<<' merges a mapping, or a list of mappings, like '<<: *name'", "D004")
            return
        self._merges += 1
        if node in self._merging or self._merges > MAX_MERGES:
            raise yaml.MarkedYAMLError(problem="merged too often, or it holds itself", problem_mark=node.start_mark)
        self._merging.append(node)
        self._fill(found, node, location)
        self._merging.pop()

    def _read_scalar(self, node: yaml.ScalarNode, location: Location) -> Any:
        value = self._loader.construct_object(node)
        if not isinstance(value, str) or "${" not in value:
            return value
        filled = VARIABLE.sub(lambda found: self._variable(found, location), value)
        return _plain(filled) if not node.style else filled

    def _variable(self, found: re.Match[str], location: Location) -> str:
        name, default = found.group(1), found.group(2)
        value: str | None = self._environ.get(name, default)
        if value is None:
            message = f"the environment variable '{name}' is not set; set it, or write ${{{name}:-a default}}"
            self._fault(self.values[location], message, "D003")
        return value or ""

    def _fault(self, at: tuple[int, int], message: str, code: str) -> None:
        self._faults.add(Place(file=self._name, line=at[0], column=at[1]), message, code)


def _plain(text: str) -> Any:
    """What an unquoted word means after its variables were filled in: a number stays a number."""
    return int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else text


def _place_of(error: yaml.YAMLError, name: str) -> Place:
    mark = getattr(error, "problem_mark", None)
    return Place(file=name, line=mark.line + 1, column=mark.column + 1) if mark else Place(file=name, line=1)


def _place_after(text: str, name: str) -> Place:
    """Where the character behind `text` stands."""
    lines = text.split("\n")
    return Place(file=name, line=len(lines), column=len(lines[-1]) + 1)


def _words_of(error: yaml.YAMLError) -> str:
    return " ".join(str(part) for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part)
