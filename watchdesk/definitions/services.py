"""services/*.yaml: services, what they depend on, and configuration items, as one catalogue."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError

from watchdesk.calendars import ALWAYS, Calendars
from watchdesk.catalogue import Catalogue, Item, Place, Service, ServiceLevelAgreement, ServiceLevelObjective
from watchdesk.definitions.documents import Document, Location, read_documents
from watchdesk.definitions.faults import Faults
from watchdesk.definitions.models import Definition, Name, Text, mapping_at, refuse_unknown_keys, validate
from watchdesk.definitions.names import ONE_OR_MORE, Uses, names_in, one_or_more
from watchdesk.definitions.quantities import Duration, Ratio

FOLDER = "services"
KEYS = ("services", "items")
_NAME: TypeAdapter[str] = TypeAdapter(Name)


def _address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not (at and local and domain) or any(sign.isspace() or sign in ",;<>" for sign in text):
        message = f"'{text}' is not a mail address; write it like desk@example.org"
        raise ValueError(message)
    return text


def _positive(duration: timedelta) -> timedelta:
    if duration <= timedelta(0):
        message = "must be longer than nothing"
        raise ValueError(message)
    return duration


Promise = Annotated[Duration, AfterValidator(_positive)]
Addresses = Annotated[tuple[Annotated[str, AfterValidator(_address)], ...], BeforeValidator(one_or_more), ONE_OR_MORE]


class ObjectiveModel(Definition):
    """`slo`: how much of a period the service must be available."""

    availability: Ratio
    period: Promise = timedelta(days=30)


class AgreementModel(Definition):
    """`sla`: time in the service's hours until somebody responds, and until the service is restored."""

    respond: Promise | None = None
    resolve: Promise | None = None


class ServiceModel(Definition):
    """One service."""

    title: Text | None = None
    owner: Name
    tier: int = Field(3, ge=1, le=4, strict=True)
    depends_on: tuple[Name, ...] = ()
    hours: Name = ALWAYS.id
    slo: ObjectiveModel | None = None
    sla: AgreementModel = AgreementModel()
    impact: Text | None = None
    mail_to: Addresses = ()


class ItemModel(Definition):
    """One configuration item."""

    service: Name
    kind: Name
    address: Text | None = None
    group: Name | None = None
    domain: Name | None = None


Read = TypeVar("Read", bound=Definition)


class _Found(Generic[Read]):
    """The definitions of one key in all files, with where each stands."""

    def __init__(self, key: str, model: type[Read], faults: Faults) -> None:
        self._key, self._model, self._faults = key, model, faults
        self.declared: dict[str, tuple[Document, Location]] = {}
        self.models: dict[str, Read] = {}

    def read(self, document: Document) -> None:
        for name in mapping_at(document, (self._key,), self._faults):
            self._read_one(document, name)

    def _read_one(self, document: Document, name: str) -> None:
        location: Location = (self._key, name)
        place = document.key_place(location)
        word = self._key.removesuffix("s")
        if name in self.declared:
            first, where = self.declared[name]
            self._faults.add(place, f"{word} '{name}' is already defined at {first.key_place(where)}", "D009")
            return
        try:
            _NAME.validate_python(name)
        except ValidationError:
            message = f"'{name}' cannot be the name of a {word}; use letters, digits, '.', '_' and '-'"
            self._faults.add(place, message, "D007")
        self.declared[name] = (document, location)
        model = validate(self._model, document, location, self._faults)
        if model is not None:
            self.models[name] = model

    def place(self, name: str) -> Place:
        document, location = self.declared[name]
        return document.key_place(location)


def load_services(root: Path, faults: Faults, calendars: Calendars | None = None) -> Catalogue:
    """All services and items below `root/services`; whatever is wrong with them goes to `faults`, all of it at once.

    References are checked: services, dependencies without a circle, and calendars: those given and those that
    `root/calendars` names, so that a calendar with a fault of its own is not also reported as missing.
    """
    known = names_in(root, "calendars", "calendars") | {ALWAYS.id, *(calendars or Calendars()).calendars}
    services = _Found("services", ServiceModel, faults)
    items = _Found("items", ItemModel, faults)
    for document in read_documents(root, FOLDER, faults):
        if not isinstance(document.content, dict):
            faults.add(document.place(()), "a file of services is a mapping with 'services' and 'items'", "D004")
            continue
        refuse_unknown_keys(document, KEYS, faults)
        services.read(document)
        items.read(document)
    _check_references(services, items, known, faults)
    _check_cycles(services, faults)
    return Catalogue(
        services={name: _service(name, model, services.place(name)) for name, model in services.models.items()},
        items={name: _item(name, model, items.place(name)) for name, model in items.models.items()},
    )


def _check_references(
    services: _Found[ServiceModel], items: _Found[ItemModel], calendars: frozenset[str], faults: Faults
) -> None:
    uses = Uses(faults)
    known = frozenset(services.declared)
    for name, service in services.models.items():
        document, location = services.declared[name]
        uses.check("calendar", service.hours, calendars, (document, (*location, "hours")))
        for index, other in enumerate(service.depends_on):
            uses.check("service", other, known, (document, (*location, "depends_on", index)))
    for name, item in items.models.items():
        document, location = items.declared[name]
        uses.check("service", item.service, known, (document, (*location, "service")))


def _check_cycles(services: _Found[ServiceModel], faults: Faults) -> None:
    """A fault for each circle of dependencies, at the dependency that closes it."""
    edges = {name: model.depends_on for name, model in services.models.items()}
    for circle in circles(edges):
        document, location = services.declared[circle[0]]
        index = edges[circle[0]].index(circle[1 % len(circle)])
        round_trip = " → ".join([*circle, circle[0]])
        place = document.place((*location, "depends_on", index))
        faults.add(place, f"the dependencies run in a circle: {round_trip}; remove one of them", "D010")


def circles(edges: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    """Circles among the edges, each once and beginning with its first name; of entangled ones at least one."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in edges:
        if start not in done:
            _walk(start, edges, done, found)
    return found


def _walk(start: str, edges: Mapping[str, tuple[str, ...]], done: set[str], found: list[list[str]]) -> None:
    """Depth first without recursion, as a chain of dependencies may be long."""
    path: list[str] = [start]
    pending = [iter(edges.get(start, ()))]
    on_path = {start}
    while path:
        following = next(pending[-1], None)
        if following is None:
            on_path.discard(path[-1])
            done.add(path.pop())
            pending.pop()
        elif following in on_path:
            found.append(_beginning_with_least(path[path.index(following) :]))
        elif following in edges and following not in done:
            path.append(following)
            on_path.add(following)
            pending.append(iter(edges[following]))


def _beginning_with_least(circle: list[str]) -> list[str]:
    at = circle.index(min(circle))
    return circle[at:] + circle[:at]


def _service(name: str, model: ServiceModel, place: Place) -> Service:
    slo = None
    if model.slo is not None:
        slo = ServiceLevelObjective(availability=model.slo.availability, period=model.slo.period)
    return Service(
        id=name,
        title=model.title or name,
        owner=model.owner,
        tier=model.tier,
        depends_on=model.depends_on,
        hours=model.hours,
        slo=slo,
        sla=ServiceLevelAgreement(respond=model.sla.respond, resolve=model.sla.resolve),
        impact=model.impact,
        mail_to=model.mail_to,
        place=place,
    )


def _item(name: str, model: ItemModel, place: Place) -> Item:
    return Item(
        id=name,
        service=model.service,
        kind=model.kind,
        address=model.address,
        group=model.group,
        domain=model.domain,
        place=place,
    )
