"""What a database says about its own schema, in a form that two databases can be compared in."""

from sqlalchemy import text

from watchdesk.database import Database

POSTGRES = {
    "columns": (
        "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity "
        "FROM information_schema.columns WHERE table_schema = current_schema()"
    ),
    "indexes": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
    "constraints": (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = current_schema()::regnamespace"
    ),
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace",
}
SQLITE = {"all": "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"}


def schema_facts(database: Database) -> dict[str, list[tuple[str, ...]]]:
    """Sorted facts by subject; Alembic's own table is left out."""
    with database.reading() as session:
        queries = SQLITE if database.is_sqlite else POSTGRES
        return {
            subject: sorted(
                tuple(" ".join(str(value).split()) for value in row)
                for row in session.execute(text(query))
                if "alembic_version" not in " ".join(str(value) for value in row)
            )
            for subject, query in queries.items()
        }
