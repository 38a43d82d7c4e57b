"""What each watching process last read of the definitions: the version in use, and faults of a refused one."""

from datetime import datetime

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from watchdesk.database import Base, Instant
from watchdesk.definitions.faults import Fault
from watchdesk.upsert import insert_for


class DefinitionStatus(Base):
    """One row a definitions directory: `faults` is empty when the newest text of the files is the one in use."""

    __tablename__ = "definition_status"

    root: Mapped[str] = mapped_column(String(1000), primary_key=True)
    version: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime] = mapped_column(Instant)
    refused_at: Mapped[datetime | None] = mapped_column(Instant)
    faults: Mapped[list[str]] = mapped_column(JSON, default=list)


def accepted(session: Session, root: str, version: str, now: datetime) -> None:
    """Note that `version` is in use and nothing newer was refused."""
    _put(session, {"root": root, "version": version, "loaded_at": now, "refused_at": None, "faults": []})


def refused(session: Session, root: str, faults: tuple[Fault, ...], now: datetime) -> None:
    """Note that a newer text was refused; the version in use goes on."""
    row = session.get(DefinitionStatus, root)
    kept = {"version": row.version, "loaded_at": row.loaded_at} if row else {"version": "", "loaded_at": now}
    _put(session, {"root": root, "refused_at": now, "faults": [str(fault) for fault in faults], **kept})


def status(session: Session) -> list[DefinitionStatus]:
    """All rows, newest first."""
    return list(session.scalars(select(DefinitionStatus).order_by(DefinitionStatus.loaded_at.desc())))


def _put(session: Session, values: dict[str, object]) -> None:
    statement = insert_for(session, DefinitionStatus).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=["root"], set_=values))
