"""The tables of monitors as they were at revision 0001; never changed afterwards."""

import sqlalchemy as sa

from console.migrations.first.tables import TABLES

sa.Table(
    "block",
    TABLES,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("payload", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("block_by_day", "day"),
    sa.Index("block_by_monitor", "number", "day", unique=True),
)
sa.Table(
    "check_request",
    TABLES,
    sa.Column("monitor", sa.String(length=200), nullable=False),
    sa.Column("because", sa.Text(), nullable=False),
    sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("monitor"),
)
sa.Table(
    "heartbeat_ping",
    TABLES,
    sa.Column("monitor", sa.String(length=200), nullable=False),
    sa.Column("key", sa.String(length=200), nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("exit_code", sa.Integer(), nullable=True),
    sa.Column("duration_s", sa.Double(), nullable=True),
    sa.Column("said", sa.Text(), nullable=False),
    sa.Column("pings", sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint("monitor"),
    sa.UniqueConstraint("key"),
)
sa.Table(
    "hour_block",
    TABLES,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("hour", sa.Integer(), nullable=False),
    sa.Column("shelf", sa.Integer(), nullable=False),
    sa.Column("payload", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("hour_block_by_hour", "hour", "shelf", unique=True),
)
sa.Table(
    "monitor_number",
    TABLES,
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("monitor", sa.String(length=200), nullable=False),
    sa.Column("stands_s", sa.Double(), nullable=True),
    sa.PrimaryKeyConstraint("number"),
    sa.UniqueConstraint("monitor"),
)
sa.Table(
    "monitor_pause",
    TABLES,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("monitor", sa.String(length=200), nullable=False),
    sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    sa.Column("until", sa.DateTime(timezone=True), nullable=True),
    sa.Column("because", sa.Text(), nullable=False),
    sa.Column("who", sa.String(length=200), nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("ended_by", sa.String(length=200), nullable=True),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("ix_monitor_pause_monitor", "monitor"),
    sa.Index("monitor_pause_by_end", "ended_at", "until"),
)
sa.Table(
    "monitor_state",
    TABLES,
    sa.Column("monitor", sa.String(length=200), nullable=False),
    sa.Column("health", sa.String(length=10), nullable=False),
    sa.Column("state_type", sa.String(length=10), nullable=False),
    sa.Column("since", sa.Double(), nullable=True),
    sa.Column("last_at", sa.Double(), nullable=True),
    sa.Column("summary", sa.Text(), nullable=False),
    sa.Column("definition_version", sa.Text(), nullable=False),
    sa.Column("counters", sa.LargeBinary(), nullable=False),
    sa.Column("words", sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint("monitor"),
    sqlite_with_rowid=False,
)
sa.Table(
    "rollup_day",
    TABLES,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("day", sa.Integer(), nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("ok", sa.Integer(), nullable=False),
    sa.Column("warning", sa.Integer(), nullable=False),
    sa.Column("critical", sa.Integer(), nullable=False),
    sa.Column("unknown", sa.Integer(), nullable=False),
    sa.Column("latency_sum_s", sa.Double(), nullable=False),
    sa.Column("latency_max_s", sa.Double(), nullable=False),
    sa.Column("latencies", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("rollup_day_by_day", "day", "number", unique=True),
)
sa.Table(
    "span",
    TABLES,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("start_ms", sa.BigInteger(), nullable=False),
    sa.Column("end_ms", sa.BigInteger(), nullable=True),
    sa.Column("health", sa.SmallInteger(), nullable=False),
    sa.Column("summary", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("span_by_end", "end_ms", "start_ms", "number", "health"),
    sa.Index("span_by_monitor", "number", "start_ms", unique=True),
    sa.Index(
        "span_open",
        "number",
        unique=True,
        sqlite_where=sa.text("end_ms IS NULL"),
        postgresql_where=sa.text("end_ms IS NULL"),
    ),
)
sa.Table(
    "sweep_journal",
    TABLES,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("first_ms", sa.BigInteger(), nullable=False),
    sa.Column("last_ms", sa.BigInteger(), nullable=False),
    sa.Column("results", sa.Integer(), nullable=False),
    sa.Column("payload", sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.Index("sweep_journal_by_end", "last_ms"),
)
