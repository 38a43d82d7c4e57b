"""The table of windows that people declare at once, beside those of the definitions."""

from datetime import datetime

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from watchdesk.database import Base, Instant


class MaintenanceWindow(Base):
    """One window. `ends_at` moves forward when it is ended early, and `ended_by` then says by whom."""

    __tablename__ = "maintenance_window"
    __table_args__ = (Index("maintenance_window_now", "ends_at"),)  # windows that are not over

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    services: Mapped[list[str]] = mapped_column(JSON)
    monitors: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(String(128))
