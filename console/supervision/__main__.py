"""`python -m console.supervision`: the supervisor that `up --detach` leaves running; what it says goes to its log."""

import sys

import structlog

from console.supervision.supervisor import supervise
from watchdesk import logs
from watchdesk.errors import DatabaseUnavailable, WatchdeskError
from watchdesk.settings import read_settings

log = structlog.get_logger(__name__)


def main() -> int:
    """The exit code is that of `up`."""
    settings = read_settings()
    logs.configure(settings.log_level)
    try:
        supervise(settings, lambda _begun: None)
    except DatabaseUnavailable as error:
        log.error("the database is away", reason=str(error))
        return 5
    except WatchdeskError as error:
        log.error("not started", reason=str(error))
        return 6
    return 0


if __name__ == "__main__":
    sys.exit(main())
