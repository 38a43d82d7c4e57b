"""Ports of the demo's services: free ones on loopback, the same as last time as long as they are free."""

import json
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

HOST = "127.0.0.1"


def choose(path: Path, services: Iterable[str]) -> dict[str, int]:
    """A port for each service, noted in `path`."""
    known = _read(path)
    with ExitStack() as held:  # all at once, so that none is chosen twice
        chosen = {service: _claim(held, known.get(service, 0)) for service in services}
    path.write_text(json.dumps(chosen, indent=1), "utf-8")
    return chosen


def _claim(held: ExitStack, wanted: int) -> int:
    probe = held.enter_context(socket.socket())
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((HOST, wanted))
    except OSError:
        probe.bind((HOST, 0))
    port: int = probe.getsockname()[1]
    return port


def _read(path: Path) -> dict[str, int]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: port for name, port in found.items() if isinstance(port, int)} if isinstance(found, dict) else {}
