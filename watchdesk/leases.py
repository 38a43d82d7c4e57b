"""Leases: one holder at a time under a name, taken and kept by compare-and-set, with a fence number.

A holder that was slow finds its fence outgrown and must write nothing more: `assert_held` inside the writing
transaction says so, and keeps the lease from changing hands until that transaction ends.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Executable, select, update
from sqlalchemy.orm import Session

from watchdesk.errors import WatchdeskError
from watchdesk.processes import ProcessName, is_provably_dead
from watchdesk.tables import LeaseRow
from watchdesk.upsert import insert_for

NOBODY = ""  # the holder of a lease that was let go


class LeaseLost(WatchdeskError):
    """Somebody else holds the lease by now; what was to be written must not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who asks: an id of its own, and the process it lives in."""

    id: str
    process: ProcessName


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to act under `name` until `until`, as long as the fence is the one in the database."""

    name: str
    holder: str
    fence: int
    since: datetime
    until: datetime
    process: ProcessName

    @property
    def is_abandoned(self) -> bool:
        """Whether its holder certainly needs it no more: let go, or provably dead."""
        return self.holder == NOBODY or is_provably_dead(self.process)

    def is_void(self, now: datetime) -> bool:
        """Whether anybody may take it: it lapsed, or it is abandoned."""
        return self.until <= now or self.is_abandoned


def current(session: Session, name: str) -> Lease | None:
    """The lease as it stands, lapsed or not; None when nobody ever took it."""
    row = session.get(LeaseRow, name, populate_existing=True)
    return None if row is None else _lease(row)


def acquire(session: Session, name: str, holder: Holder, now: datetime, lifetime: timedelta) -> Lease | None:
    """The lease with a new fence, or None while somebody else holds it. Asked again by its holder: a new fence too."""
    known = current(session, name)
    if known is not None and known.holder != holder.id and not known.is_void(now):
        return None
    lease = Lease(
        name=name,
        holder=holder.id,
        fence=1 if known is None else known.fence + 1,
        since=now,
        until=now + lifetime,
        process=holder.process,
    )
    is_mine = _insert(session, lease) if known is None else _replace(session, lease, known.fence)
    return lease if is_mine else None


def renew(session: Session, lease: Lease, now: datetime, lifetime: timedelta) -> Lease | None:
    """The lease until `now + lifetime`, or None when somebody else took it. A lapsed one that nobody took revives."""
    until = now + lifetime
    statement = update(LeaseRow).where(*_mine(lease)).values(until=until)
    if _rows(session, statement) != 1:
        return None
    return Lease(
        name=lease.name,
        holder=lease.holder,
        fence=lease.fence,
        since=lease.since,
        until=until,
        process=lease.process,
    )


def release(session: Session, lease: Lease, now: datetime) -> bool:
    """Let go at once; False when it was not ours any more."""
    return _rows(session, update(LeaseRow).where(*_mine(lease)).values(until=now, holder=NOBODY)) == 1


def assert_held(session: Session, lease: Lease) -> None:
    """Raises LeaseLost unless the fence is still ours; it then stays ours until this transaction ends.

    On SQLite every writing transaction is alone; on PostgreSQL the row is locked against a change of holder.
    """
    statement = select(LeaseRow.fence).where(*_mine(lease)).with_for_update(read=True)
    if session.scalar(statement) is None:
        message = f"the lease '{lease.name}' with fence {lease.fence} has gone to somebody else; nothing was written"
        raise LeaseLost(message)


def _insert(session: Session, lease: Lease) -> bool:
    statement = insert_for(session, LeaseRow).values(name=lease.name, **_values(lease)).on_conflict_do_nothing()
    return session.scalar(statement.returning(LeaseRow.name)) is not None


def _replace(session: Session, lease: Lease, fence: int) -> bool:
    statement = update(LeaseRow).where(LeaseRow.name == lease.name, LeaseRow.fence == fence).values(_values(lease))
    return _rows(session, statement) == 1


def _values(lease: Lease) -> dict[str, object]:
    return {
        "holder": lease.holder,
        "fence": lease.fence,
        "since": lease.since,
        "until": lease.until,
        "host": lease.process.host,
        "pid": lease.process.pid,
        "process_started": lease.process.started,
    }


def _mine(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (LeaseRow.name == lease.name, LeaseRow.fence == lease.fence, LeaseRow.holder == lease.holder)


def _rows(session: Session, statement: Executable) -> int:
    return session.connection().execute(statement).rowcount


def _lease(row: LeaseRow) -> Lease:
    process = ProcessName(host=row.host, pid=row.pid, started=row.process_started)
    return Lease(name=row.name, holder=row.holder, fence=row.fence, since=row.since, until=row.until, process=process)
