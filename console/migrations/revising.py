"""For those who change tables: writes the next revision from the difference between the tables and the last one.

`python -m console.migrations.revising 0002 "Tickets know their language"`; triggers are added by hand.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate.api import AutogenContext

from console.migrations.upgrading import configuration, upgrade
from watchdesk.database import Database, Instant, Span


def revise(revision: str, words: str) -> None:
    """Write versions/REVISION_words.py."""
    with tempfile.TemporaryDirectory() as folder, Database(f"sqlite:///{Path(folder) / 'old.db'}") as database:
        upgrade(database)
        with database.engine.begin() as connection:
            options = configuration(connection, render_item=render_item, compare_type=True)
            command.revision(options, words, autogenerate=True, rev_id=revision)


def render_item(kind: str, item: object, autogen_context: AutogenContext) -> Any:  # noqa: ARG001  Alembic's signature
    """Our column types as what they are in the database, so that a revision never changes with our code."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Span):
        return "sa.Float()"
    return False


if __name__ == "__main__":
    revise(sys.argv[1], sys.argv[2])
