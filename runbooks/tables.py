"""Tables of runbooks: the journal of remediations and their steps, refusals, stored plans, stops, escalations."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from watchdesk.database import Base, Instant

LIVE_STATES = ("leased", "running", "verifying", "rolling_back")
_IS_LIVE = text(f"state IN ({', '.join(repr(state) for state in LIVE_STATES)})")


class RemediationRow(Base):
    """One attempt of a runbook on a ticket.

    `definition` is the runbook as it was when the attempt began, so that whoever resumes it runs the same version.
    `params` holds no secrets. `fence` grows with every holder of the lease. `effect_at` is the end (until then the
    intent) of the newest step that is not read-only; only samples taken after it prove anything.
    """

    __tablename__ = "remediation"
    __table_args__ = (
        # mutual exclusion: at most one live remediation per target
        Index("remediation_live_target", "target", unique=True, sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE),
        Index("remediation_live", "lease_until", sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE),  # orphans
        Index("remediation_ticket", "ticket_id", "created_at"),  # remediations of a ticket, attempts per incident
        Index("remediation_runbook", "runbook", "created_at"),  # rate, breaker, statistics
        Index("remediation_target", "target", "runbook", "created_at"),  # cooldown, attempts per time
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)  # of ticket, runbook version, target and attempt
    ticket_id: Mapped[str] = mapped_column(String(36))
    ticket_number: Mapped[str] = mapped_column(String(32))
    runbook: Mapped[str] = mapped_column(String(128))
    runbook_version: Mapped[str] = mapped_column(String(64))
    definition: Mapped[str] = mapped_column(Text)
    params: Mapped[str] = mapped_column(Text)
    monitor: Mapped[str] = mapped_column(String(128))
    service: Mapped[str] = mapped_column(String(128))
    item: Mapped[str | None] = mapped_column(String(128))
    target: Mapped[str] = mapped_column(String(260))
    domain: Mapped[str | None] = mapped_column(String(128))
    health: Mapped[str] = mapped_column(String(16))
    attempt: Mapped[int] = mapped_column(Integer)
    trust_level: Mapped[str] = mapped_column(String(16))
    approved_by: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[datetime] = mapped_column(Instant)  # the failure began
    observed_at: Mapped[datetime] = mapped_column(Instant)  # the sample that triggered
    created_at: Mapped[datetime] = mapped_column(Instant)
    effect_at: Mapped[datetime | None] = mapped_column(Instant)
    verify_since: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    worker: Mapped[str] = mapped_column(String(200))
    host: Mapped[str] = mapped_column(String(300))  # the worker's process, so that its death can be proved
    pid: Mapped[int] = mapped_column(Integer)
    process_started: Mapped[float] = mapped_column(Float)
    fence: Mapped[int] = mapped_column(Integer)
    lease_until: Mapped[datetime] = mapped_column(Instant)


class RemediationStepRow(Base):
    """One step of a remediation: `intent_at` is committed before its effect, `done_at` after it."""

    __tablename__ = "remediation_step"

    remediation_id: Mapped[str] = mapped_column(ForeignKey("remediation.id"), primary_key=True)
    phase: Mapped[str] = mapped_column(String(16), primary_key=True)  # steps | rollback
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    step: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(32))
    effect: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    intent_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    exit_code: Mapped[int | None] = mapped_column(Integer)
    output: Mapped[str] = mapped_column(Text, default="")  # redacted and capped


class RefusalRow(Base):
    """Why a runbook did not run: one row per ticket, runbook and guard, with the newest reason and a count."""

    __tablename__ = "runbook_refusal"
    __table_args__ = (
        UniqueConstraint("ticket_id", "runbook", "guard"),
        Index("runbook_refusal_last", "last_at"),  # the weekly question: which guard binds most?
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    ticket_id: Mapped[str] = mapped_column(String(36))
    runbook: Mapped[str] = mapped_column(String(128))
    guard: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    numbers: Mapped[str] = mapped_column(Text)  # JSON: what was compared with what
    count: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)


class ProposalRow(Base):
    """A stored plan that waits for a person. Approval binds to `hash` and ends at `expires_at`.

    `state` is waiting, approved, declined, expired, used, withdrawn or replaced.
    """

    __tablename__ = "runbook_proposal"
    __table_args__ = (Index("runbook_proposal_ticket", "ticket_id", "runbook"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
    ticket_id: Mapped[str] = mapped_column(String(36))
    ticket_number: Mapped[str] = mapped_column(String(32))
    runbook: Mapped[str] = mapped_column(String(128))
    runbook_version: Mapped[str] = mapped_column(String(64))
    plan: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class StopRow(Base):
    """The kill switch: while a row is neither lifted nor expired, no runbook starts and no effect is made."""

    __tablename__ = "runbook_stop"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    who: Mapped[str] = mapped_column(String(200))
    because: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by: Mapped[str | None] = mapped_column(String(200))


class EscalationRow(Base):
    """Automation gave up on a ticket, once; it stays off it."""

    __tablename__ = "runbook_escalation"

    ticket_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    runbook: Mapped[str] = mapped_column(String(128))
    because: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


class InventoryRow(Base):
    """How many services and items were known when all was well; a sudden drop stops every runbook."""

    __tablename__ = "runbook_inventory"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    members: Mapped[int] = mapped_column(Integer)
    dropped_to: Mapped[int | None] = mapped_column(Integer)
    dropped_at: Mapped[datetime | None] = mapped_column(Instant)
    changed_by: Mapped[str] = mapped_column(String(200))
