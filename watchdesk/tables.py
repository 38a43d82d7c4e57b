"""Tables of the kernel: leases, shifts, the beats of a shift's roles, and what Prefect was shown."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from watchdesk.database import Base, Instant, Span
from watchdesk.maintenance_tables import MaintenanceWindow  # noqa: F401  registers a table of the kernel


class LeaseRow(Base):
    """Who may act under a name, until when. `fence` grows by one with every change of holder."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    fence: Mapped[int]
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    host: Mapped[str] = mapped_column(String(300))
    pid: Mapped[int]
    process_started: Mapped[float]


class ShiftRow(Base):
    """One shift: a process that watched, or stood ready to. `scheduled_at` is None for one that was started by hand.

    `lateness` is the time from its schedule to its start; `counts` what its roles did, by name.
    """

    __tablename__ = "shift"
    __table_args__ = (
        Index("shift_by_start", "started_at"),  # status, housekeeping: the newest shifts
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    flow_run: Mapped[str | None] = mapped_column(String(36))
    host: Mapped[str] = mapped_column(String(300))
    pid: Mapped[int]
    process_started: Mapped[float]
    scheduled_at: Mapped[datetime | None] = mapped_column(Instant)
    lateness: Mapped[timedelta | None] = mapped_column(Span)
    started_at: Mapped[datetime] = mapped_column(Instant)
    on_duty_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    fence: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(500), default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class RoleBeatRow(Base):
    """The last sign of life of one role of the shift on duty."""

    __tablename__ = "role_beat"

    role: Mapped[str] = mapped_column(String(100), primary_key=True)
    shift: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(Instant)
    turns: Mapped[int]
    failures: Mapped[int]
    last_error: Mapped[str] = mapped_column(String(2000), default="")


class MirroredRow(Base):
    """A remediation that Prefect was shown: as which flow run, and in which state it was left there."""

    __tablename__ = "mirrored_remediation"

    remediation: Mapped[str] = mapped_column(String(36), primary_key=True)
    flow_run: Mapped[str] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(40))
    mirrored_at: Mapped[datetime] = mapped_column(Instant)
