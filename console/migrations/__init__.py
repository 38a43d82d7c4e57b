"""The database's schema through time: Alembic revisions, run by `up` and by `db upgrade`."""
