"""The kill switch: one row that stops every runbook, with who, why and until when; it lives in the database, so that
no file that is reverted or redeployed can lift it (reference/runbooks.md, R5).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from runbooks.tables import StopRow
from watchdesk.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stop in force. `until` None: until somebody resumes."""

    who: str
    because: str
    since: datetime
    until: datetime | None


def stop_all(session: Session, who: str, because: str, now: datetime, until: datetime | None = None) -> Stop:
    """No runbook starts, and none makes another effect, until `until` or `resume`. Raises Refused without a reason."""
    if not who.strip() or not because.strip():
        message = "stopping all runbooks needs a name and a reason (--as, --because)"
        raise Refused(message)
    if until is not None and until <= now:
        message = f"the stop would end at {until.isoformat()}, which is past"
        raise Refused(message)
    session.add(StopRow(who=who, because=because, since=now, until=until))
    session.flush()
    return Stop(who=who, because=because, since=now, until=until)


def active(session: Session, now: datetime) -> Stop | None:
    """The newest stop in force; None when runbooks may run."""
    row = session.scalars(
        select(StopRow)
        .where(StopRow.lifted_at.is_(None), or_(StopRow.until.is_(None), StopRow.until > now))
        .order_by(StopRow.id.desc())
        .limit(1)
    ).first()
    return None if row is None else Stop(who=row.who, because=row.because, since=row.since, until=row.until)


def resume(session: Session, who: str, now: datetime) -> int:
    """Lift every stop in force; returns how many there were."""
    lifted = session.scalars(
        update(StopRow)
        .where(StopRow.lifted_at.is_(None), or_(StopRow.until.is_(None), StopRow.until > now))
        .values(lifted_at=now, lifted_by=who)
        .returning(StopRow.id)
    )
    return len(lifted.all())
