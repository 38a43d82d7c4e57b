"""`python -m console.supervision`: the supervisor that `up --detach` leaves running; what it says goes to its log."""

import sys

import structlog

from console.cli.complaints import exit_code
from console.supervision.supervisor import supervise
from watchdesk import logs
from watchdesk.errors import WatchdeskError
from watchdesk.settings import read_settings

log = structlog.get_logger(__name__)


def main() -> int:
    """The exit code is that of `up`."""
    settings = read_settings()
    logs.configure(settings.log_level)
    try:
        supervise(settings, lambda _begun: None)
    except WatchdeskError as error:
        log.error("not started", reason=str(error))
        return exit_code(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
