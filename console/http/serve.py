"""`python -m console.http.serve`: the console as a process, until it is told to stop."""

import sys

import structlog
import uvicorn

from console.http.application import build
from console.http.desk import HttpDesk, Shelf
from loop.kept_definitions import kept_in_home
from loop.places import definitions_root
from watchdesk.clock import SystemClock
from watchdesk.database import Database
from watchdesk.errors import SettingsInvalid
from watchdesk.settings import Settings, read_settings

log = structlog.get_logger(__name__)
DRAIN_S = 5


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; running answers are finished first."""
    clock = SystemClock()
    with Database(settings.database) as database:
        shelf = Shelf(definitions_root(settings), clock, kept_in_home(settings))
        app = build(HttpDesk(settings=settings, database=database, clock=clock, shelf=shelf))
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=DRAIN_S,
        )


def main() -> int:
    try:
        serve(read_settings())
    except SettingsInvalid as error:
        log.error("console not started", reason=str(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
