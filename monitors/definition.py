"""monitors/*.yaml and monitors/*.py: definitions read strictly, every fault of every file at once."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from monitors import python_files
from monitors.definition_entry import Entry, Known, read_entry
from monitors.definition_models import DefaultsModel
from monitors.kinds import Kind, all_kinds
from monitors.monitor import Monitor
from monitors.ping_keys import check_keys
from watchdesk.catalogue import Catalogue
from watchdesk.definitions.documents import Document, Location, read_documents
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.models import Name, at, mapping_at, refuse_unknown_keys, validate_content
from watchdesk.definitions.names import Uses, names_in
from watchdesk.definitions.services import circles

FOLDER = "monitors"
KEYS = ("defaults", "monitors")
_NAME: TypeAdapter[str] = TypeAdapter(Name)


def load_monitors(
    root: Path, catalogue: Catalogue, faults: Faults, kinds: Mapping[str, Kind] | None = None
) -> dict[str, Monitor]:
    """All monitors below `root/monitors` that could be read; whatever is wrong goes to `faults`, all of it at once.

    `kinds` are those of monitors.kinds unless given. Over all files names in `needs` and keys of heartbeats are
    checked.
    """
    known = Known(
        kinds=all_kinds() if kinds is None else kinds,
        catalogue=catalogue,
        services=names_in(root, "services", "services") | frozenset(catalogue.services),
        items=names_in(root, "services", "items") | frozenset(catalogue.items),
    )
    entries: dict[str, Entry] = {}
    found: dict[str, Monitor] = {}
    for entry in _entries(root, faults):
        if _has_new_name(entry, entries, faults):
            entries[entry.name] = entry
            monitor = read_entry(entry, known, faults)
            if monitor is not None:
                found[monitor.id] = monitor
    _check_needs(entries, faults)
    check_keys(entries, found, faults)
    return found


def _entries(root: Path, faults: Faults) -> Iterator[Entry]:
    for document in read_documents(root, FOLDER, faults):
        if not isinstance(document.content, dict):
            faults.add(document.place(()), "a file of monitors is a mapping with 'defaults' and 'monitors'", "D004")
            continue
        refuse_unknown_keys(document, KEYS, faults)
        yield from _entries_of(document, faults)
    for document in python_files.read(root, FOLDER, faults):
        yield from _entries_of(document, faults)


def _entries_of(document: Document, faults: Faults) -> Iterator[Entry]:
    given = mapping_at(document, ("defaults",), faults)
    defaults = validate_content(DefaultsModel, given, document, ("defaults",), faults)
    for name in mapping_at(document, ("monitors",), faults):
        location: Location = ("monitors", name)
        content = mapping_at(document, location, faults)
        if content or at(document, location) is None:
            yield Entry(document=document, location=location, content=content, defaults=defaults)


def _has_new_name(entry: Entry, entries: Mapping[str, Entry], faults: Faults) -> bool:
    first = entries.get(entry.name)
    if first is not None:
        message = f"monitor '{entry.name}' is already defined at {first.place}; rename one of them"
        faults.add(entry.place, message, "D009")
        return False
    try:
        _NAME.validate_python(entry.name)
    except ValidationError:
        message = f"'{entry.name}' cannot be the name of a monitor; use letters, digits, '.', '_' and '-'"
        faults.add(entry.place, message, "D007")
    return True


def _check_needs(entries: Mapping[str, Entry], faults: Faults) -> None:
    """Every need is a monitor, and nobody needs himself, however far around."""
    uses = Uses(faults)
    known = frozenset(entries)
    needs = {name: _needs(entry) for name, entry in entries.items()}
    for name, wanted in needs.items():
        for place, other in enumerate(wanted):
            uses.check("monitor", other, known, _place_of_need(entries[name], place))
    for circle in circles(needs):
        entry, following = entries[circle[0]], circle[1 % len(circle)]
        document, location = _place_of_need(entry, needs[circle[0]].index(following))
        message = f"the needs run in a circle: {' → '.join([*circle, circle[0]])}; remove one of them"
        faults.add(document.place(location), message, "D010")


def _needs(entry: Entry) -> tuple[str, ...]:
    """The needs as written; those of an entry with other faults count too."""
    given = entry.content.get("needs", entry.defaults.needs if entry.defaults is not None else ())
    wanted = [given] if isinstance(given, str) else given
    return tuple(name for name in wanted if isinstance(name, str)) if isinstance(wanted, list | tuple) else ()


def _place_of_need(entry: Entry, place: int) -> tuple[Document, Location]:
    is_single = isinstance(entry.content.get("needs"), str)
    return entry.where("needs") if is_single else entry.where("needs", place)
