"""The record of an `up`: who supervises this home, since when, under which mark. One at a time, by a file lock."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from watchdesk.errors import Refused
from watchdesk.processes import ProcessName, is_provably_dead


@dataclass(frozen=True, slots=True, kw_only=True)
class UpRecord:
    """What `down`, `status` and a second `up` must know about the first."""

    up_id: str
    pid: int
    host: str
    started: float
    url: str
    prefect_url: str
    since: str

    @property
    def is_running(self) -> bool:
        """Whether the supervisor lives, as far as this machine can tell."""
        return not is_provably_dead(ProcessName(host=self.host, pid=self.pid, started=self.started))


def read_record(home: Path) -> UpRecord | None:
    """The record of the last `up` on this home; None when there was none or it ended in peace."""
    try:
        return UpRecord(**json.loads(_path(home).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_record(home: Path, record: UpRecord) -> None:
    fresh = _path(home).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(record), indent=1), "utf-8")
    fresh.replace(_path(home))


def remove_record(home: Path) -> None:
    _path(home).unlink(missing_ok=True)


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Holds the lock of this home. Raises Refused while another `up` has it; it is free once that process is gone."""
    with (home / "up.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            known = read_record(home)
            where = f" at {known.url} (process {known.pid})" if known else ""
            message = f"Watchdesk is already up on {home}{where}; end it with 'watchdesk down', or set WATCHDESK_HOME"
            raise Refused(message) from error
        yield


def is_locked(home: Path) -> bool:
    """Whether an `up` holds this home now."""
    try:
        file = os.open(home / "up.lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _path(home: Path) -> Path:
    return home / "up.json"
