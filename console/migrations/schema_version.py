"""Which revision a database has, and a clear word when this version of Watchdesk cannot use it."""

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from watchdesk.database import Database
from watchdesk.errors import DatabaseUnavailable

HEAD = "0001"  # the newest revision in versions/; a test compares
VERSION_TABLE = "alembic_version"


class SchemaNotCurrent(DatabaseUnavailable):
    """The database's schema is not the one this version needs, for now; the message says what to do."""


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
    if revision != HEAD:
        raise SchemaNotCurrent(unfit(revision))


def require_upgradable(session: Session) -> None:
    """Raises SchemaNotCurrent when this version can neither use the database nor bring it up to date."""
    revision = revision_of(session)
    if revision is not None and not is_known(revision):
        raise SchemaNotCurrent(unfit(revision))


def is_known(revision: str) -> bool:
    """Whether it is one of ours, of this version or of an older one."""
    return revision.isdecimal() and revision <= HEAD


def unfit(revision: str | None) -> str:
    """What is wrong with a revision other than the one that is needed, and what to do."""
    if revision is None:
        return "the database is empty: nothing was started here yet; run 'watchdesk up' or 'watchdesk db upgrade'"
    if is_known(revision):
        return (
            f"the database has schema {revision}, this version needs {HEAD}; make a backup with "
            "'watchdesk db backup --to FILE', then run 'watchdesk db upgrade'"
        )
    if not revision.isdecimal():
        return (
            f"the database holds another program's tables (their schema is {revision}, as Prefect's is); "
            "Watchdesk needs a database of its own: correct WATCHDESK_DATABASE_URL"
        )
    return (
        f"the database has schema {revision}, made by a newer version than this one, which knows {HEAD}; "
        "install that version again, or restore a backup from before"
    )
