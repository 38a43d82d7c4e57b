"""The schema that migrations make is the schema that the code declares, and another one is named, not stumbled over."""

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from console.migrations.schema_version import HEAD, SchemaNotCurrent, require_current
from console.migrations.upgrading import configuration, upgrade
from tests.console.schema_facts import schema_facts
from watchdesk.database import Database


def test_a_migrated_database_is_the_declared_one(bare: Database, declared: Database) -> None:
    upgrade(bare)
    assert schema_facts(bare) == schema_facts(declared)


def test_the_newest_revision_is_the_one_the_code_asks_for(bare_sqlite: Database) -> None:
    with bare_sqlite.engine.connect() as connection:
        script = ScriptDirectory.from_config(configuration(connection))
    assert script.get_heads() == [HEAD]


def test_upgrading_twice_changes_nothing(bare: Database) -> None:
    assert upgrade(bare) == (None, HEAD)
    assert upgrade(bare) == (HEAD, HEAD)
    require_current(bare)


def test_an_empty_database_is_refused_with_the_remedy(bare: Database) -> None:
    with pytest.raises(SchemaNotCurrent, match="watchdesk up"):
        require_current(bare)


@pytest.mark.parametrize(
    ("revision", "remedy"),
    [("0000", "watchdesk db upgrade"), ("9999", "newer version"), ("d4a7e1c93f52", "another program's")],
)
def test_another_schema_is_refused_with_the_remedy(bare_sqlite: Database, revision: str, remedy: str) -> None:
    upgrade(bare_sqlite)
    with bare_sqlite.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    with pytest.raises(SchemaNotCurrent, match=remedy):
        require_current(bare_sqlite)


def test_a_schema_that_is_not_ours_is_not_upgraded(bare_sqlite: Database) -> None:
    upgrade(bare_sqlite)
    with bare_sqlite.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'd4a7e1c93f52'"))
    with pytest.raises(SchemaNotCurrent, match="WATCHDESK_DATABASE_URL"):
        upgrade(bare_sqlite)


def test_a_failed_upgrade_leaves_nothing_half_made(bare: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.migrations.first.triggers.SQLITE", ("CREATE NONSENSE",))
    monkeypatch.setattr("console.migrations.first.triggers.POSTGRESQL", ("CREATE NONSENSE",))
    with pytest.raises(Exception, match="NONSENSE"):
        upgrade(bare)
    assert schema_facts(bare) == {subject: [] for subject in schema_facts(bare)}
