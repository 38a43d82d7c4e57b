"""Requests to check a monitor now, from a person or a verification to the watch."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitors.tables import CheckRequestRow
from watchdesk.upsert import insert_for


def ask(session: Session, monitor: str, because: str, now: datetime) -> None:
    """Ask for one check at the next opportunity; asking again before it was taken changes nothing."""
    row = {"monitor": monitor, "because": because, "asked_at": now}
    session.execute(insert_for(session, CheckRequestRow).values(row).on_conflict_do_nothing())


def waiting(session: Session, monitors: Collection[str] | None = None) -> bool:
    """Whether anybody asked for one of `monitors` (None: for any). Cheap, and needs no writing transaction."""
    wanted = select(CheckRequestRow.monitor).limit(1)
    if monitors is not None:
        wanted = wanted.where(CheckRequestRow.monitor.in_(monitors))
    return session.execute(wanted).first() is not None


def take(session: Session, monitors: Collection[str] | None = None) -> list[str]:
    """Remove and return what was asked for, longest waiting first; with `monitors` only those of them."""
    removal = delete(CheckRequestRow).returning(CheckRequestRow.monitor, CheckRequestRow.asked_at)
    if monitors is not None:
        removal = removal.where(CheckRequestRow.monitor.in_(monitors))
    taken = session.execute(removal).all()
    return [row.monitor for row in sorted(taken, key=lambda row: (row.asked_at, row.monitor))]
