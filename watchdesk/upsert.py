"""Insert-or-update in one statement: the one place where the two dialects are told apart for it."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def insert_for(session: Session, table: type[DeclarativeBase] | Table) -> Any:
    """An INSERT that knows `on_conflict_do_update`, for the dialect of the session."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
