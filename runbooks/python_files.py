"""Python files among the runbook definitions: their decorated functions, in the form of documents."""

import importlib.util
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from runbooks.decorator import content_of
from watchdesk.catalogue import Place
from watchdesk.definitions.documents import Document, Location
from watchdesk.definitions.faults import Faults


def read_python_runbooks(root: Path, faults: Faults) -> list[Document]:
    """A document for each decorated function of each Python file below `root/runbooks`."""
    documents: list[Document] = []
    for path in sorted((root / "runbooks").rglob("*.py")):
        name = str(path.relative_to(root))
        module = _module(path, name, faults)
        if module is not None:
            documents += _documents(module, path.absolute(), name)
    return documents


def _module(path: Path, name: str, faults: Faults) -> ModuleType | None:
    spec = importlib.util.spec_from_file_location(f"watchdesk_runbooks_{path.stem}", path)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001  a definition's boundary: whatever it raises is its fault
        faults.add(_place(error, path, name), f"cannot be run: {type(error).__name__}: {error}", "D102")
        return None
    return module


def _place(error: BaseException, path: Path, name: str) -> Place:
    if isinstance(error, SyntaxError):
        return Place(file=name, line=error.lineno or 1, column=error.offset or 1)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return Place(file=name, line=lines[-1] if lines and lines[-1] else 1)


def _documents(module: ModuleType, path: Path, name: str) -> list[Document]:
    found = []
    for value in vars(module).values():
        content = content_of(value, path) if callable(value) else None
        if content is not None:
            places: dict[Location, tuple[int, int]] = {(): (_line(value), 1)}
            found.append(Document(file=name, content=content, values=places, keys={}))
    return found


def _line(function: Callable[..., object]) -> int:
    code = getattr(function, "__code__", None)
    return int(code.co_firstlineno) if code else 1
