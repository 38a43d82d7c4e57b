"""The tables of the kernel as they were at revision 0001; never changed afterwards."""

import sqlalchemy as sa

from console.migrations.first.tables import TABLES

sa.Table(
    "definition_status",
    TABLES,
    sa.Column("root", sa.String(length=1000), nullable=False),
    sa.Column("version", sa.String(length=64), nullable=False),
    sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("faults", sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint("root"),
)
sa.Table(
    "lease",
    TABLES,
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("holder", sa.String(length=100), nullable=False),
    sa.Column("fence", sa.Integer(), nullable=False),
    sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    sa.Column("host", sa.String(length=300), nullable=False),
    sa.Column("pid", sa.Integer(), nullable=False),
    sa.Column("process_started", sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint("name"),
)
sa.Table(
    "maintenance_window",
    TABLES,
    sa.Column("id", sa.String(length=36), nullable=False),
    sa.Column("kind", sa.String(length=16), nullable=False),
    sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("services", sa.JSON(), nullable=False),
    sa.Column("monitors", sa.JSON(), nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("created_by", sa.String(length=128), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_by", sa.String(length=128), nullable=True),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("maintenance_window_now", "ends_at"),
)
sa.Table(
    "mirrored_remediation",
    TABLES,
    sa.Column("remediation", sa.String(length=36), nullable=False),
    sa.Column("flow_run", sa.String(length=36), nullable=False),
    sa.Column("state", sa.String(length=40), nullable=False),
    sa.Column("mirrored_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("remediation"),
)
sa.Table(
    "reconciliation_count",
    TABLES,
    sa.Column("what", sa.String(length=64), nullable=False),
    sa.Column("found", sa.Integer(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("what"),
)
sa.Table(
    "role_beat",
    TABLES,
    sa.Column("role", sa.String(length=100), nullable=False),
    sa.Column("shift", sa.String(length=36), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("turns", sa.Integer(), nullable=False),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("last_error", sa.String(length=2000), nullable=False),
    sa.PrimaryKeyConstraint("role"),
)
sa.Table(
    "shift",
    TABLES,
    sa.Column("id", sa.String(length=36), nullable=False),
    sa.Column("flow_run", sa.String(length=36), nullable=True),
    sa.Column("host", sa.String(length=300), nullable=False),
    sa.Column("pid", sa.Integer(), nullable=False),
    sa.Column("process_started", sa.Float(), nullable=False),
    sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("lateness", sa.Float(), nullable=True),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("on_duty_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("fence", sa.Integer(), nullable=True),
    sa.Column("reason", sa.String(length=500), nullable=False),
    sa.Column("counts", sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("shift_by_start", "started_at"),
)
