"""Python: a function that looks for itself and returns what it saw."""

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from functools import lru_cache
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from monitors.monitor import Monitor
from monitors.observation import Observation
from monitors.probes.lanes import Lane
from monitors.probes.looks import Look, seconds
from monitors.services_for_probes import ProbeServices

Reference = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]

name = "python"
lane = Lane.THREAD
is_blind_when_late = True  # a function that hangs says nothing about the target
form: TypeAdapter[str] = TypeAdapter(Reference)
values = {"*": "json"}


def title(form: str) -> str:
    return f"{form} is satisfied"


def probe(monitor: Monitor, services: ProbeServices) -> Observation:
    """Calls the function. Raising, or returning anything but values by name, is unknown: it proves nothing."""
    look = Look(monitor, services)
    try:
        returned = _call(_found(monitor.form, services.folders), services)
        values = _values(returned)
    except (Exception, SystemExit) as error:  # noqa: BLE001  the boundary of one probe: it may raise anything
        return look.blind(f"{monitor.form} raised {type(error).__name__}: {error}")
    if values is None:
        return look.blind(f"{monitor.form} returned {type(returned).__name__}; return a mapping of names to values")
    latency_s = look.elapsed_s()
    shown = ", ".join(f"{name} {value}" for name, value in values.items())[:500] or "no values"
    return look.saw(values, f"{shown} in {seconds(latency_s)}", latency_s=latency_s)


def _found(reference: str, folders: tuple[Path, ...]) -> Callable[..., Any]:
    module, _, path = reference.partition(":")
    found: Callable[..., Any] = attrgetter(path)(_module(module, folders))
    return found


def _module(name: str, folders: tuple[Path, ...]) -> ModuleType:
    """A file of that name below the folders, as it stands now, else what is installed under the name."""
    for folder in folders:
        path = folder / f"{name.replace('.', '/')}.py"
        if path.is_file():
            return _run(path, path.stat().st_mtime_ns)
    return import_module(name)


@lru_cache(maxsize=256)
def _run(path: Path, changed_ns: int) -> ModuleType:
    """The module that the file makes, run once for each time it was changed."""
    module = ModuleType(f"watchdesk_probe_{abs(hash((path, changed_ns)))}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses and the like look their module up while it runs
    exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)  # noqa: S102  the team's own definitions
    return module


def _call(function: Callable[..., Any], services: ProbeServices) -> Any:
    """A function with a parameter is given the services."""
    return function(services) if inspect.signature(function).parameters else function()


def _values(returned: Any) -> dict[str, Any] | None:
    if isinstance(returned, Mapping):
        return {str(name): value for name, value in returned.items()}
    if is_dataclass(returned) and not isinstance(returned, type):
        return asdict(returned)
    return None
