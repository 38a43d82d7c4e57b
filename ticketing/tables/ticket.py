"""Tickets, the signals folded into them, their evidence, and the series of their numbers."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.tables.columns import Document
from watchdesk.database import Base, Instant, Span

# Literal text: SQLite matches the target of ON CONFLICT with the index only when both are spelled the same.
LIVE_INCIDENT = text("kind = 'incident' AND state NOT IN ('resolved', 'closed', 'cancelled')")
LIVE_PROBLEM = text("kind = 'problem' AND state NOT IN ('resolved', 'closed', 'cancelled')")


class Ticket(Base):
    """One ticket of any kind. Every change goes through `changes.change`, which writes the timeline row with it.

    `back_to` is the state to return to when `remediating`, `recovering` or `on_hold` ends. `severity` is the health
    that priority was derived from. `failing_since` is the first bad sample, `last_failure_at` the newest one told.
    The `resolve_*` columns pin the policy that held when the ticket was opened. `timeline_length` and
    `timeline_hash` are the end of its timeline, so that a cut-off tail is noticed.
    """

    __tablename__ = "ticket"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    back_to: Mapped[str | None] = mapped_column(String(16))
    fingerprint: Mapped[str | None] = mapped_column(Text)
    monitor: Mapped[str | None] = mapped_column(String(128))
    service: Mapped[str | None] = mapped_column(String(128))
    item: Mapped[str | None] = mapped_column(String(128))
    title: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")
    measured: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    severity: Mapped[str | None] = mapped_column(String(16))
    runbook: Mapped[str | None] = mapped_column(String(128))
    definition: Mapped[str] = mapped_column(Text, default="")
    definition_version: Mapped[str] = mapped_column(Text, default="")

    impact: Mapped[int] = mapped_column(default=3)
    urgency: Mapped[int] = mapped_column(default=3)
    priority: Mapped[str] = mapped_column(String(4), default="P5")
    derivation: Mapped[str] = mapped_column(Text, default="")
    is_major: Mapped[bool] = mapped_column(default=False)
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)

    assignment_group: Mapped[str | None] = mapped_column(String(128))
    assignee: Mapped[str | None] = mapped_column(String(128))
    assigned_by_kind: Mapped[str | None] = mapped_column(String(16))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    failing_since: Mapped[datetime | None] = mapped_column(Instant)
    last_failure_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_by: Mapped[str | None] = mapped_column(String(128))
    noted_at: Mapped[datetime | None] = mapped_column(Instant)
    noted_by: Mapped[str | None] = mapped_column(String(128))
    drafting_until: Mapped[datetime | None] = mapped_column(Instant)
    drafting_by: Mapped[str | None] = mapped_column(String(128))
    hold_reason: Mapped[str | None] = mapped_column(String(16))
    hold_until: Mapped[datetime | None] = mapped_column(Instant)

    blind_since: Mapped[datetime | None] = mapped_column(Instant)
    sighted_at: Mapped[datetime | None] = mapped_column(Instant)
    flapping_since: Mapped[datetime | None] = mapped_column(Instant)
    recovered_at: Mapped[datetime | None] = mapped_column(Instant)
    recovery_posted_at: Mapped[datetime | None] = mapped_column(Instant)
    remediation_succeeded_at: Mapped[datetime | None] = mapped_column(Instant)
    awaiting_approval_since: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_by: Mapped[str | None] = mapped_column(String(128))
    resolved_by_kind: Mapped[str | None] = mapped_column(String(16))
    resolution_code: Mapped[str | None] = mapped_column(String(32))
    resolution_note: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    occurrences: Mapped[int] = mapped_column(default=1)
    reopen_count: Mapped[int] = mapped_column(default=0)
    recurrence_of: Mapped[str | None] = mapped_column(String(36), ForeignKey("ticket.id"))
    problem_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("ticket.id"))
    resolve_after: Mapped[int] = mapped_column(default=3)
    resolve_grace: Mapped[timedelta] = mapped_column(Span, default=timedelta(minutes=5))
    reopen_within: Mapped[timedelta] = mapped_column(Span, default=timedelta(hours=1))
    every: Mapped[timedelta] = mapped_column(Span, default=timedelta(minutes=1))

    timeline_length: Mapped[int] = mapped_column(default=0)
    timeline_hash: Mapped[str] = mapped_column(String(64), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy reads it once, at class creation
    __table_args__ = (
        Index("ux_ticket_live_incident", "fingerprint", unique=True, sqlite_where=LIVE_INCIDENT,
              postgresql_where=LIVE_INCIDENT),
        Index("ux_ticket_live_problem", "fingerprint", unique=True, sqlite_where=LIVE_PROBLEM,
              postgresql_where=LIVE_PROBLEM),
        Index("ix_ticket_history", "fingerprint", "opened_at"),     # recurrences of one condition
        Index("ix_ticket_newest", "opened_at"),                     # the list without a filter
        Index("ix_ticket_queue", "state", "opened_at"),             # open tickets; tickets of a state
        Index("ix_ticket_service", "service", "opened_at"),         # a service's page and its report
        Index("ix_ticket_monitor", "monitor", "opened_at"),         # a monitor's page
        Index("ix_ticket_assignee", "assignee", "state"),           # "Mine" and "Unassigned"
        Index("ix_ticket_resolution", "resolved_by_kind", "resolved_at"),  # "Resolved by machine"
    )  # fmt: skip


class TicketSignal(Base):
    """One monitored condition that belongs to a ticket, until it ends as recovered, retired, split off or merged."""

    __tablename__ = "ticket_signal"

    ticket_id: Mapped[str] = mapped_column(String(36), ForeignKey("ticket.id"), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    monitor: Mapped[str] = mapped_column(String(128))
    service: Mapped[str] = mapped_column(String(128))
    title: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text)
    health: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime] = mapped_column(Instant)
    observed_at: Mapped[datetime] = mapped_column(Instant)
    attached_at: Mapped[datetime] = mapped_column(Instant)
    every: Mapped[timedelta] = mapped_column(Span)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_as: Mapped[str | None] = mapped_column(String(16))

    __table_args__ = (Index("ix_ticket_signal_monitor", "monitor", "ended_at"),)  # which ticket holds a monitor


class Evidence(Base):
    """Samples that prove an opening or a resolution; `samples` and `facts` are JSON, to be queried."""

    __tablename__ = "ticket_evidence"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    ticket_id: Mapped[str] = mapped_column(String(36), ForeignKey("ticket.id"))
    phase: Mapped[str] = mapped_column(String(16))
    monitor: Mapped[str] = mapped_column(String(128))
    taken_at: Mapped[datetime] = mapped_column(Instant)
    summary: Mapped[str] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(Document)
    samples: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    digest: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index("ix_ticket_evidence_ticket", "ticket_id", "id"),)  # the evidence of one ticket


class NumberSeries(Base):
    """The last number given out for a prefix."""

    __tablename__ = "ticket_number"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    last: Mapped[int]
