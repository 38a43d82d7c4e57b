"""Alembic's entry: runs revisions on the connection that `upgrading` or `revising` hands over."""

from alembic import context
from sqlalchemy import Connection

from watchdesk.schema import all_tables


def run(connection: Connection) -> None:
    """Run what is due, inside the caller's transaction."""
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
        **context.config.attributes.get("options", {}),
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
