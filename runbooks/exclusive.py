"""One decision about runbooks at a time: the one place where the two dialects differ for it."""

from sqlalchemy import text
from sqlalchemy.orm import Session

LOCK = 0x57_44_52_42  # any number that nobody else uses


def decide_alone(session: Session) -> None:
    """Until this transaction ends nobody else decides. On SQLite every writing transaction is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
