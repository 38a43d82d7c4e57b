"""One entry of a monitors file, read into a monitor."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from monitors.definition_expect import read_expectations
from monitors.definition_kind import divide, read_form
from monitors.definition_models import DefaultsModel, EntryModel, ResolveModel, merged
from monitors.expectation import Expectation
from monitors.kinds import Kind
from monitors.monitor import FlapRule, Monitor
from watchdesk.catalogue import Catalogue, Place
from watchdesk.definitions.documents import Document, Location
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.models import validate_content
from watchdesk.definitions.names import Uses
from watchdesk.signals import ResolvePolicy

LEAST_GRACE, LEAST_REOPENING = timedelta(minutes=5), timedelta(minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an entry may refer to: kinds, and the services and items that exist, faulty ones included."""

    kinds: Mapping[str, Kind]
    catalogue: Catalogue
    services: frozenset[str]
    items: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One monitor of a file: where it stands, what it says, and what its file's defaults add.

    `defaults` is None when those are faulty themselves.
    """

    document: Document
    location: Location
    content: Mapping[str, Any]
    defaults: DefaultsModel | None

    @property
    def name(self) -> str:
        return str(self.location[-1])

    @property
    def place(self) -> Place:
        """Where its name stands."""
        return self.document.key_place(self.location)

    def where(self, *steps: str | int) -> tuple[Document, Location]:
        """The place of something in the entry, or in the defaults when the entry does not say it itself."""
        begin: Location = self.location if steps[0] in self.content else ("defaults",)
        return self.document, (*begin, *steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """Everything that was read of an entry without a fault."""

    kind: Kind
    form: Any
    model: EntryModel
    service: str
    expectations: tuple[Expectation, ...]


def read_entry(entry: Entry, known: Known, faults: Faults) -> Monitor | None:
    """The monitor; None when a fault leaves none. Every part is looked at, whatever is wrong with the others."""
    document, location = entry.document, entry.location
    keys = divide(entry.content, known.kinds, (document, location), faults)
    own = validate_content(EntryModel, dict(keys.common), document, location, faults)
    model = merged(own or _names_of(entry.content), entry.defaults or DefaultsModel())
    form = None
    if keys.kind is not None:
        name = keys.kind.name
        form = read_form(keys.kind, entry.content[name], (document, (*location, name)), faults)
    lines = own.expect if own is not None else _lines(entry.content)
    values = None if keys.kind is None else keys.kind.values
    expectations = read_expectations(lines, values, (document, (*location, "expect")), faults)
    service = _service(entry, model, known, faults)
    if keys.kind is None or own is None or form is None or service is None:
        return None
    return _monitor(entry, _Parts(kind=keys.kind, form=form, model=model, service=service, expectations=expectations))


def _lines(content: Mapping[str, Any]) -> tuple[Any, ...]:
    """What stands under `expect` of an entry that is faulty elsewhere."""
    lines = content.get("expect")
    return tuple(lines) if isinstance(lines, list) else ()


def _names_of(content: Mapping[str, Any]) -> EntryModel:
    """Of an entry that is faulty elsewhere, what it refers to: that is checked all the same."""
    given = {key: content[key] for key in ("service", "item") if isinstance(content.get(key), str)}
    return EntryModel.model_construct(**given)


def _service(entry: Entry, model: EntryModel, known: Known, faults: Faults) -> str | None:
    """The service: named here, by the item, or by the defaults, in this order."""
    uses = Uses(faults)
    item = known.catalogue.items.get(model.item or "")
    is_item_known = model.item is None or uses.check("item", model.item, known.items, entry.where("item"))
    if "service" not in entry.content and item is not None and "item" in entry.content:
        return item.service
    if model.service is None:
        if item is not None:
            return item.service
        if is_item_known and "service" not in entry.content and entry.defaults is not None:
            message = f"monitor '{entry.name}' names no service; write service: NAME here or under defaults"
            faults.add(entry.place, message, "D006")
        return None
    uses.check("service", model.service, known.services, entry.where("service"))
    return model.service


def _monitor(entry: Entry, parts: _Parts) -> Monitor:
    model = parts.model
    every = model.every
    return Monitor(
        id=entry.name,
        kind=parts.kind.name,
        form=parts.form,
        title=model.title or parts.kind.title(parts.form),
        symptom=model.symptom,
        service=parts.service,
        item=model.item,
        every=every,
        timeout=model.timeout if "timeout" in model.model_fields_set else min(model.timeout, every),
        attempts=model.attempts,
        retry=model.retry if "retry" in model.model_fields_set else min(model.retry, every),
        expectations=parts.expectations,
        wanted=frozenset(str(path[0]) for e in parts.expectations for path in e.paths),
        needs=tuple(dict.fromkeys(model.needs)),
        runbook=model.runbook,
        resolve=resolve_policy(model.resolve, every),
        flap=FlapRule(**dict(model.flap)),
        unknown_hold=model.unknown.hold,
        tags=model.tags,
        location=model.location,
        place=entry.place,
        version=_version(entry, parts),
    )


def resolve_policy(model: ResolveModel, every: timedelta) -> ResolvePolicy:
    """The policy with its defaults: a grace of five minutes or two intervals, reopening within an hour or three
    graces, whichever is longer.
    """
    grace = model.grace if model.grace is not None else max(LEAST_GRACE, 2 * every)
    reopen = model.reopen_within if model.reopen_within is not None else max(LEAST_REOPENING, 3 * grace)
    return ResolvePolicy(after=model.after, grace=grace, reopen_within=reopen)


def _version(entry: Entry, parts: _Parts) -> str:
    """A hash of everything that decides a verdict: what is looked at, how often, and what is expected."""
    model = parts.model
    deciding = {
        "kind": parts.kind.name,
        "form": entry.content[parts.kind.name],
        "expect": [expectation.text for expectation in parts.expectations],
        "rhythm": model.model_dump(mode="json", include={"every", "timeout", "attempts", "retry"}),
        "rules": model.model_dump(mode="json", include={"flap", "unknown", "needs"}),
        "source": entry.document.content.get("source", ""),
    }
    return hashlib.sha256(json.dumps(deciding, sort_keys=True, default=str).encode()).hexdigest()[:12]
