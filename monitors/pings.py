"""Pings: what jobs tell of themselves, kept for each heartbeat monitor. Whose a ping is, others decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitors.heartbeats import Ping
from monitors.storage.text import storable
from monitors.tables import HeartbeatPingRow
from watchdesk.upsert import insert_for

LONGEST_TEXT = 4000


class PingKind(StrEnum):
    """What a ping says."""

    STARTED = "start"
    SUCCEEDED = "success"
    FAILED = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One ping as it came in. A job that ends with an exit code other than 0 failed."""

    kind: PingKind = PingKind.SUCCEEDED
    exit_code: int | None = None
    text: str = ""

    @property
    def has_failed(self) -> bool:
        return self.kind is PingKind.FAILED or bool(self.exit_code)


def expect(session: Session, monitors: Iterable[str]) -> None:
    """Make heartbeat monitors known; what the known ones were told stays."""
    rows = [{"monitor": name, "key": name, "said": "", "pings": 0} for name in sorted(set(monitors))]
    if rows:
        session.execute(insert_for(session, HeartbeatPingRow).on_conflict_do_nothing(), rows)


def record(session: Session, monitor: str, now: datetime, told: Told | None = None) -> None:
    """Note a ping (without `told`: a plain success), also of a monitor that was not known yet."""
    told = told or Told()
    expect(session, [monitor])
    query = select(HeartbeatPingRow).where(HeartbeatPingRow.monitor == monitor)
    row = session.execute(query.with_for_update()).scalar_one()
    noted = _noted(row, now, told) | {"pings": row.pings + 1, "said": storable(told.text[:LONGEST_TEXT])}
    session.execute(update(HeartbeatPingRow).where(HeartbeatPingRow.monitor == monitor).values(noted))


def last(session: Session, monitor: str) -> Ping | None:
    """What the job of `monitor` last told; None when it never told anything."""
    row = session.get(HeartbeatPingRow, monitor)
    if row is None or row.pings == 0:
        return None
    ends = [instant for instant in (row.succeeded_at, row.failed_at) if instant is not None]
    at = max(ends, default=None)
    return Ping(at=at, failed=at is not None and at == row.failed_at, started_at=row.started_at)


def _noted(row: HeartbeatPingRow, now: datetime, told: Told) -> dict[str, Any]:
    """A start opens a run, an end closes it and tells how long it took."""
    if told.kind is PingKind.STARTED:
        return {"started_at": now}
    took_s = None if row.started_at is None else (now - row.started_at).total_seconds()
    ended = "failed_at" if told.has_failed else "succeeded_at"
    return {ended: now, "started_at": None, "exit_code": told.exit_code, "duration_s": took_s}
