"""Clocks of promised times as last measured, and which announcements were made about them."""

from datetime import datetime, timedelta

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from watchdesk.database import Base, Instant, Span


class ServiceLevelClock(Base):
    """One promise on one ticket. `promised` and `calendar` are those of the day the ticket was opened, and stay.

    All that follows `calendar` is a cache of the first `timeline_length` rows of the ticket's timeline: measuring
    them again as of `measured_at` gives the same. `warn_at` is when most of the promise is used up, `foreseen_at` when
    earlier incidents of its kind say that it will be broken; both are None when that will not come by itself.
    """

    __tablename__ = "service_level_clock"
    __table_args__ = (Index("service_level_clock_due", "state", "due_at"),)  # what is due next

    ticket_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    promised: Mapped[timedelta] = mapped_column(Span)
    calendar: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime] = mapped_column(Instant)
    elapsed: Mapped[timedelta] = mapped_column(Span)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    breached_at: Mapped[datetime | None] = mapped_column(Instant)
    warn_at: Mapped[datetime | None] = mapped_column(Instant)
    foreseen_at: Mapped[datetime | None] = mapped_column(Instant)
    completed_at: Mapped[datetime | None] = mapped_column(Instant)
    timeline_length: Mapped[int]
    measured_at: Mapped[datetime] = mapped_column(Instant)


class Announcement(Base):
    """Something that is said about a ticket once; the primary key is what keeps it to once."""

    __tablename__ = "announcement"

    ticket_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
