"""The first tables."""

from alembic import op

from console.migrations.first import kernel, monitors, runbooks, ticketing, triggers
from console.migrations.first.tables import TABLES

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MODULES = (kernel, monitors, runbooks, ticketing)  # each puts its tables into TABLES


def upgrade() -> None:
    connection = op.get_bind()
    TABLES.create_all(connection, checkfirst=False)
    for statement in triggers.SQLITE if connection.dialect.name == "sqlite" else triggers.POSTGRESQL:
        connection.exec_driver_sql(statement)
