"""Which revision a database has, and a clear word when this version of Watchdesk cannot use it."""

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from watchdesk.database import Database
from watchdesk.errors import WatchdeskError

HEAD = "0001"  # the newest revision in versions/; a test compares
VERSION_TABLE = "alembic_version"


class SchemaNotCurrent(WatchdeskError):
    """The database's schema is not the one this version needs; the message says what to do."""


def revision_of(session: Session) -> str | None:
    """The revision that the database has; None for an empty one."""
    if not inspect(session.connection()).has_table(VERSION_TABLE):
        return None
    found: str | None = session.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return found


def require_current(database: Database) -> None:
    """Raises SchemaNotCurrent unless the schema is exactly the one this version was written for."""
    with database.reading() as session:
        revision = revision_of(session)
    if revision == HEAD:
        return
    if revision is None:
        message = "the database is empty: nothing was started here yet; run 'watchdesk up' or 'watchdesk db upgrade'"
    elif revision < HEAD:
        message = (
            f"the database has schema {revision}, this version needs {HEAD}; make a backup with "
            "'watchdesk db backup --to FILE', then run 'watchdesk db upgrade'"
        )
    else:
        message = (
            f"the database has schema {revision}, made by a newer version than this one, which knows {HEAD}; "
            "install that version again, or restore a backup from before"
        )
    raise SchemaNotCurrent(message)
