"""Bringing a database to the newest schema, in one transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from console.migrations.schema_version import require_upgradable, revision_of
from watchdesk.database import Database

HERE = Path(__file__).parent
LOCK = 842_001  # any number, the same for everybody who upgrades on PostgreSQL


def upgrade(database: Database, to: str = "head") -> tuple[str | None, str | None]:
    """The revision before and the one after. Two at once queue; a failure leaves everything as it was.

    Raises SchemaNotCurrent for a schema that this version does not know.
    """
    with database.writing() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})
        require_upgradable(session)
        before = revision_of(session)
        upgrade_on(connection, to)
        return before, revision_of(session)


def upgrade_on(connection: Connection, to: str = "head") -> None:
    """Run what is due inside the caller's transaction."""
    command.upgrade(configuration(connection), to)


def configuration(connection: Connection, **options: object) -> Config:
    """Alembic's configuration for a connection of ours."""
    config = Config(attributes={"connection": connection, "options": options})
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    return config
