"""The log: one line an event, facts as keys, into a file that outlives whoever reads our standard output."""

import contextlib
import logging
import sys
from pathlib import Path
from typing import IO, Any

import structlog

LARGEST_BYTES = 20 * 1024 * 1024
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class ToleratingFile:
    """Writes lines as long as it can: a full disk or a reader gone away costs the line, never the program."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError, ValueError):
            return self._file.write(text)
        return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()


def configure(level: str, path: Path | None = None) -> None:
    """Log from `level` on into `path`, or to standard error without one or where it cannot be opened."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=_as_text_file(path)),
        cache_logger_on_first_use=True,
    )


def turn_over(path: Path) -> None:
    """Put a log that grew large aside, as `name.1`; to be called by the one process that starts the others."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > LARGEST_BYTES:
            path.replace(path.with_name(path.name + ".1"))


def _as_text_file(path: Path | None) -> Any:
    if path is not None:
        with contextlib.suppress(OSError):
            return ToleratingFile(path.open("a", encoding="utf-8", buffering=1))
    return ToleratingFile(sys.stderr)
