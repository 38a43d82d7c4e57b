"""The whole schema: every package's tables, found by name, so that the kernel need not import its dependents."""

from importlib import import_module
from importlib.util import find_spec

from sqlalchemy import MetaData

from watchdesk.database import Base

TABLE_MODULES = (
    "watchdesk.tables",
    "watchdesk.definition_status",
    "watchdesk.maintenance_tables",
    "watchdesk.reconciliation_counts",
    "monitors.tables",
    "ticketing.tables",
    "runbooks.tables",
)


def all_tables() -> MetaData:
    """The metadata with the tables of every package registered."""
    for name in TABLE_MODULES:
        if find_spec(name) is not None:
            import_module(name)
    return Base.metadata
