"""The table of kinds, and kinds that others bring."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from monitors import kinds
from monitors.engine.engine import Engine
from monitors.engine.limits import EngineLimits
from monitors.kinds import KINDS, all_kinds
from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.conversations import Ready
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look
from monitors.services_for_probes import ProbeServices
from tests.monitors.probes.looking import monitor_of, services_of

TYPES = {"number", "duration", "size", "percent", "text", "boolean", "list", "json", "mapping"}
EXAMPLES: Mapping[str, Any] = {
    "disk": "/",
    "dns": "shop.example",
    "file": "/etc/hosts",
    "heartbeat": {"period": "1h"},
    "host": "local",
    "http": "http://127.0.0.1/",
    "icmp": "127.0.0.1",
    "plugin": ["/bin/true"],
    "process": "init",
    "python": "module:function",
    "sql": {"url": "sqlite://", "query": "select 1"},
    "tcp": "127.0.0.1:80",
    "tls": "127.0.0.1:443",
}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_kind_has_a_name_a_lane_values_and_a_schema(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    assert kind.lane in Lane
    assert set(kind.values.values()) <= TYPES
    assert all(path.partition(".")[0] in kind.values for path in kind.values), "a dotted path has its root"
    assert kind.form.json_schema()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_form_is_read_and_titled_and_always_spelled_the_same(name: str) -> None:
    kind = KINDS[name]
    form = kind.form.validate_python(EXAMPLES[name])
    assert kind.title(form)
    assert kind.form.dump_json(form) == kind.form.dump_json(kind.form.validate_python(EXAMPLES[name]))


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"disk", "file", "host", "icmp", "plugin", "process", "python"}))
def test_an_unknown_key_in_a_form_is_refused(name: str) -> None:
    example = EXAMPLES[name]
    form = example if isinstance(example, dict) else KINDS[name].form.validate_python(example).model_dump()
    with pytest.raises(ValueError, match="colour"):
        KINDS[name].form.validate_python(form | {"colour": "green"})


@dataclass
class Stranger:
    """A kind as an outsider would write it; its form says what it does."""

    name: str
    lane: Lane
    form: TypeAdapter[str] = field(default_factory=lambda: TypeAdapter(str))
    values: Mapping[str, str] = field(default_factory=lambda: {"size": "number"})

    def title(self, form: str) -> str:
        return form

    def probe(self, monitor: Monitor, services: ProbeServices) -> Any:
        if monitor.form == "raises":
            raise ValueError("no idea")
        if monitor.form == "hands back nothing":
            return _converse_to(None) if self.lane is Lane.SOCKET else None
        if monitor.form == "waits for nothing":
            return _wait_for(-1)
        return Look(monitor, services).saw({"size": 1}, "one")


def _converse_to(end: Any) -> Generator[Ready, Any, Any]:
    yield from ()
    return end


def _wait_for(fd: int) -> Iterator[Ready]:
    yield Ready(fd, 1)


class Point:
    """An entry point of an installed package."""

    def __init__(self, kind: Stranger) -> None:
        self.name, self._kind = kind.name, kind

    def load(self) -> Stranger:
        return self._kind


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three installed kinds: two of their own names, and one that would like to be http."""
    brought = [Stranger("threaded", Lane.THREAD), Stranger("talking", Lane.SOCKET), Stranger("http", Lane.THREAD)]
    monkeypatch.setattr(kinds, "entry_points", lambda group: [Point(kind) for kind in brought if group])
    all_kinds.cache_clear()
    yield
    all_kinds.cache_clear()


@pytest.mark.usefixtures("strangers")
def test_kinds_of_installed_packages_are_known_and_built_in_ones_win() -> None:
    assert all_kinds()["threaded"].lane is Lane.THREAD
    assert all_kinds()["http"] is KINDS["http"]


@pytest.mark.usefixtures("strangers")
def test_a_stranger_that_misbehaves_is_blind_and_harms_nobody() -> None:
    told = {
        ("threaded", "fine"): None,
        ("threaded", "raises"): "the probe could not look: no idea",
        ("threaded", "hands back nothing"): "instead of an observation",
        ("talking", "raises"): "the probe could not look: no idea",
        ("talking", "hands back nothing"): "instead of an observation",
        ("talking", "waits for nothing"): "the probe could not look",
    }
    seen: dict[str, Observation] = {}
    with Engine(EngineLimits(), services_of()) as engine:
        for kind, form in told:
            monitor = monitor_of("file", "/", name=f"{kind}: {form}")
            engine.submit(_as(monitor, kind, form))
        while engine.in_flight:
            seen |= {one.monitor: one for one in engine.collect(0.5)}
    for (kind, form), why in told.items():
        blind = seen[f"{kind}: {form}"].blind
        assert blind is None if why is None else why in (blind or "")


def _as(monitor: Monitor, kind: str, form: str) -> Monitor:
    return replace(monitor, kind=kind, form=form)
