"""What the last reconciliation found, by kind of discrepancy; each count must be 0."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from watchdesk.database import Base, Instant
from watchdesk.upsert import insert_for


class ReconciliationCount(Base):
    """One row a kind of discrepancy: how many the newest reconciliation found, and when it looked."""

    __tablename__ = "reconciliation_count"

    what: Mapped[str] = mapped_column(String(64), primary_key=True)
    found: Mapped[int]
    at: Mapped[datetime] = mapped_column(Instant)


def keep(session: Session, counts: Mapping[str, int], now: datetime) -> None:
    """Keep the counts of one reconciliation instead of those before."""
    for what, found in counts.items():
        values = {"found": found, "at": now}
        statement = insert_for(session, ReconciliationCount).values(what=str(what), **values)
        session.execute(statement.on_conflict_do_update(index_elements=["what"], set_=values))


def kept(session: Session) -> dict[str, int]:
    """The newest counts by kind; empty before the first reconciliation."""
    rows = session.scalars(select(ReconciliationCount).order_by(ReconciliationCount.what))
    return {row.what: row.found for row in rows}
