"""What a database's own words mean: it is away for a while, a setting is wrong, or its file is damaged."""

import re

from sqlalchemy import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError, ProgrammingError

from watchdesk.addresses import without_password
from watchdesk.errors import DatabaseRefused, DatabaseUnavailable

SETTING = "WATCHDESK_DATABASE_URL"
# What PostgreSQL says before a session begins carries no SQLSTATE, so its words are all there is. The server answered,
# and will answer the same until somebody changes something.
REFUSALS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"invalid connection option|invalid .* value"), "correct what stands behind the '?'"),
    (re.compile(r"password|authentication|pg_hba"), "correct user and password, or let the user in on the server"),
    (re.compile(r'role ".*" does not exist'), "correct the user, or make the role on the server: createuser NAME"),
    (re.compile(r'database ".*" does not exist'), "correct the name, or make it on the server: createdb NAME"),
    (re.compile(r"permission denied"), "give the user the right to connect, to its tables, and to make tables there"),
    (re.compile(r"support SSL|certificate"), "correct what the setting asks for with sslmode"),
)
NOT_ALLOWED = "42501"  # SQLSTATE insufficient_privilege
AWAY = "does not answer or cannot be written"
DAMAGED = re.compile(r"malformed|not a database")


def outage_of(error: DBAPIError, url: URL, setting: str) -> DatabaseUnavailable | None:
    """The error as one sentence: which database, what it says, what to do. None when a statement is at fault."""
    said = _said(error)
    if url.get_backend_name() == "sqlite":
        return _of_file(error, f"the database {url.database}", said)
    written = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)
    place = f"the database of {setting} = {without_password(written)}"
    state = getattr(error.orig, "sqlstate", None)
    is_connecting = isinstance(error, OperationalError | ProgrammingError) and error.statement is None
    remedy = next((remedy for pattern, remedy in REFUSALS if pattern.search(said)), None)
    if remedy is not None and (state == NOT_ALLOWED or (is_connecting and state is None)):
        return DatabaseRefused(f"{place} does not let us in: {said}; {remedy}")
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return DatabaseUnavailable(f"{place} {AWAY}: {said}; start it, or correct the setting")
    return None


def _said(error: DBAPIError) -> str:
    """Its own words in one line: of a connection all that was tried, of a statement without the statement."""
    words = str(error.orig or error)
    lines = [line for line in words.splitlines() if not line.endswith("?")]  # libpq asks back
    return " ".join(" ".join(lines if error.statement is None else lines[:1]).split())


def _of_file(error: DBAPIError, place: str, said: str) -> DatabaseUnavailable | None:
    if isinstance(error, DatabaseError) and DAMAGED.search(said):
        remedy = "put the file aside and restore a backup: watchdesk db restore --from FILE"
        return DatabaseUnavailable(f"{place} is damaged: {said}; {remedy}")
    if isinstance(error, OperationalError):
        return DatabaseUnavailable(f"{place} {AWAY}: {said}; look at the disk and at who may write there")
    return None
