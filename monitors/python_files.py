"""monitors/*.py of a definitions directory: decorated functions as entries of a document like any other."""

import hashlib
import inspect
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from monitors.decorator import declaration_of
from watchdesk.catalogue import Place
from watchdesk.definitions.documents import Document
from watchdesk.definitions.faults import Faults

KIND = "python"


def read(root: Path, folder: str, faults: Faults) -> Iterator[Document]:
    """A document for each file, its monitors of kind `python`. A file that cannot be run is a fault at its line.

    The module is kept under a name made from its path, so that a reference finds it; reading a file again runs it
    again, and its functions are then the new ones.
    """
    for path in sorted((root / folder).rglob("*.py")):
        name = str(path.relative_to(root))
        source = _source(path, name, faults)
        module = None if source is None else _run(path, name, source, faults)
        if source is not None and module is not None:
            yield _document(name, source, module, faults)


def _source(path: Path, name: str, faults: Faults) -> str | None:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        faults.add(Place(file=name, line=1), f"cannot be read as UTF-8 text: {error}", "D001")
        return None


def _run(path: Path, name: str, source: str, faults: Faults) -> ModuleType | None:
    module = ModuleType(_module_name(path))
    module.__file__ = str(path)
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module  # dataclasses and the like look their module up while it runs
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102  the operations team's own definitions
    except (Exception, SystemExit) as error:  # noqa: BLE001  the boundary of one definition file: it may raise anything
        _restore(module.__name__, before)
        message = f"cannot be run: {type(error).__name__}: {error}"
        faults.add(Place(file=name, line=_line_of(error, str(path))), message, "D013")
        return None
    return module


def _restore(name: str, before: ModuleType | None) -> None:
    """A faulty new version is refused and the old one goes on."""
    if before is None:
        del sys.modules[name]
    else:
        sys.modules[name] = before


def _module_name(path: Path) -> str:
    """An importable name that no other file has."""
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    return f"watchdesk_monitors_{digest}_{re.sub(r'[^0-9A-Za-z_]', '_', path.stem)}"


def _line_of(error: BaseException, path: str) -> int:
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == path), 1)


def _document(name: str, source: str, module: ModuleType, faults: Faults) -> Document:
    entries: dict[str, Any] = {}
    keys: dict[tuple[str | int, ...], tuple[int, int]] = {("monitors",): (1, 1)}
    for attribute, function in vars(module).items():
        declared = declaration_of(function)
        if declared is None or getattr(function, "__module__", None) != module.__name__:
            continue
        line = inspect.unwrap(function).__code__.co_firstlineno
        if declared.id in entries:
            message = f"monitor '{declared.id}' is declared twice in this file; give one of them another id"
            faults.add(Place(file=name, line=line), message, "D009")
            continue
        entries[declared.id] = dict(declared.entry) | {KIND: f"{module.__name__}:{attribute}"}
        keys["monitors", declared.id] = (line, 1)
    digest = hashlib.sha256(source.encode()).hexdigest()
    return Document(file=name, content={"monitors": entries, "source": digest}, values=dict(keys), keys=keys)
