"""What must be right before anything is started, each fault in one sentence with its remedy."""

import errno
import shutil
import socket
from pathlib import Path

import psutil
from sqlalchemy import text

from console.migrations.schema_version import require_upgradable
from console.supervision.prefect_database import reach_prefect_database
from watchdesk.database import Database
from watchdesk.errors import Refused, SettingsInvalid
from watchdesk.settings import Settings

LEAST_FREE_BYTES = 100 * 1024 * 1024  # Prefect's and our databases grow by a few megabytes a day
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def make_home(home: Path) -> None:
    """The home with its folders. Raises SettingsInvalid when it cannot be made or written, or has no space left."""
    try:
        for folder in (home, home / "logs", home / "prefect"):
            folder.mkdir(parents=True, exist_ok=True)
        trial = home / "logs" / ".trial"
        trial.write_bytes(b"\0" * 4096)
        trial.unlink()
    except OSError as error:
        remedy = "free some space" if error.errno in NO_SPACE else "give access to it or set WATCHDESK_HOME"
        message = f"the home {home} cannot be written: {error.strerror}; {remedy}"
        raise SettingsInvalid(message) from error
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE_BYTES:
        message = (
            f"only {free // 2**20} MiB are free in {home}, and {LEAST_FREE_BYTES // 2**20} MiB are needed; free some"
        )
        raise SettingsInvalid(message)


def claim_ports(settings: Settings) -> None:
    """Raises Refused when a port we need is taken, naming who has it and the variable to set."""
    wanted = (
        (settings.host, settings.port, "the console", "WATCHDESK_PORT"),
        ("127.0.0.1", settings.prefect_port, "Prefect", "WATCHDESK_PREFECT_PORT"),
    )
    faults = [
        f"port {port} for {what} is taken{owner_of(port)}; end that, or set {variable} to a free one"
        for host, port, what, variable in wanted
        if not is_free(host, port)
    ]
    if faults:
        raise Refused("\n".join(faults))


def is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def owner_of(port: int) -> str:
    """A clause naming the process that listens there, as far as we may know."""
    try:
        listening = [found for found in psutil.net_connections("tcp") if found.status == psutil.CONN_LISTEN]
        pid = next((found.pid for found in listening if found.pid and tuple(found.laddr)[1:2] == (port,)), None)
        return f" by {psutil.Process(pid).name()} (process {pid})" if pid else ""
    except (psutil.Error, OSError):
        return ""


def reach_databases(settings: Settings) -> None:
    """Ours and Prefect's. Raises DatabaseUnavailable or SettingsInvalid, each with the remedy."""
    reach_database(settings)
    reach_prefect_database(settings)


def reach_database(settings: Settings) -> None:
    """Raises DatabaseUnavailable when it does not answer, does not let us make tables or has a schema that we do not
    know, SettingsInvalid when it cannot hold every text. Nothing is kept.
    """
    with Database(settings.database) as database, database.writing() as session:  # SQLite: no writer comes between
        require_upgradable(session)
        encoding = "UTF8" if database.is_sqlite else session.scalar(text("SHOW server_encoding"))
        session.execute(text("CREATE TABLE watchdesk_trial (id integer)"))
        session.rollback()
    if encoding != "UTF8":
        message = (
            f"the database of WATCHDESK_DATABASE_URL has the encoding {encoding} and cannot hold every text; "
            "make one with createdb --encoding UTF8 --template template0"
        )
        raise SettingsInvalid(message)
