"""The console served on a free port of loopback, from a thread of this process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from console.http.application import build
from console.http.desk import HttpDesk, Shelf
from tests.ports import free_port
from watchdesk.clock import Clock
from watchdesk.database import Database
from watchdesk.settings import read_settings


@contextmanager
def serving(database: Database, clock: Clock, definitions: Path) -> Iterator[str]:
    """The address at which the console answers meanwhile."""
    home = definitions.parent / "home"
    settings = read_settings({}, definitions=definitions, home=home, port=free_port())
    desk = HttpDesk(settings=settings, database=database, clock=clock, shelf=Shelf(definitions, clock))
    config = uvicorn.Config(
        build(desk), host="127.0.0.1", port=settings.port, log_level="error", ws="none", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield settings.url
    server.should_exit = True
    thread.join()
