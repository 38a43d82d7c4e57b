"""Calls one function in this process; run as a program, with the request as JSON on its standard input."""

import hashlib
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main() -> int:
    request = json.loads(sys.stdin.buffer.read())
    sys.path[:] = request["path"]
    _refuse_changed(request["function"].rpartition(":")[0], request["code"])
    returned = find(request["function"])(**request["args"])
    if returned is not None and not isinstance(returned, bool):
        sys.stdout.write(f"{returned}\n")
    if returned is False:
        sys.stdout.write(f"{request['function']} returned False\n")
    return 1 if returned is False else 0


def find(name: str) -> Callable[..., Any]:
    """The function that `module:function` or `/path/to/file.py:function` names."""
    place, _, function = name.rpartition(":")
    if not place.startswith("/"):
        module = importlib.import_module(place)
    else:
        spec = importlib.util.spec_from_file_location(f"watchdesk_steps_{Path(place).stem}", place)
        if spec is None or spec.loader is None:
            message = f"{place} is not a Python file"
            raise ImportError(message)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    found: Callable[..., Any] = getattr(module, function)
    return found


def _refuse_changed(place: str, code: str | None) -> None:
    if code is not None and hashlib.sha256(Path(place).read_bytes()).hexdigest() != code:
        sys.exit(f"{place} is not the version that was planned; load the definitions again")


if __name__ == "__main__":
    sys.exit(main())
