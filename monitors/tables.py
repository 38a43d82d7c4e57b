"""Tables of monitors: what is known now, what was seen, and what people asked of the watch.

Instants of machine-made rows are whole milliseconds since the epoch (`*_ms`), days are days since the epoch (UTC).
Healths are small codes (monitors/storage/codes.py). Blobs stand in tables with a rowid, appended in the order in
which they are read: in a table ordered by another key they waste a third of each page.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Double, Index, Integer, LargeBinary, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from watchdesk.database import Base, Instant

NAME = String(200)
STILL_OPEN = text("end_ms IS NULL")
ROWID = BigInteger().with_variant(Integer, "sqlite")  # SQLite grows only an INTEGER primary key by itself


class MonitorNumberRow(Base):
    """A monitor's short number in packed rows, never given to another one.

    `stands_s` is how long one result speaks for the monitor; after that nothing is known. None: never told.
    """

    __tablename__ = "monitor_number"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    monitor: Mapped[str] = mapped_column(NAME, unique=True)
    stands_s: Mapped[float | None] = mapped_column(Double)


class MonitorStateRow(Base):
    """What is known about a monitor now: what people ask for in columns, the machine's own counters packed.

    A save binds nine values instead of twenty-four, which is most of its cost. `counters` are doubles in the order of
    monitors/storage/states.py; `words` is JSON of the remaining fields that are not at their default, None for most
    monitors.
    """

    __tablename__ = "monitor_state"
    __table_args__ = ({"sqlite_with_rowid": False},)  # one tree to descend for a save

    monitor: Mapped[str] = mapped_column(NAME, primary_key=True)
    health: Mapped[str] = mapped_column(String(10))
    state_type: Mapped[str] = mapped_column(String(10))
    since: Mapped[float | None] = mapped_column(Double)
    last_at: Mapped[float | None] = mapped_column(Double)
    summary: Mapped[str] = mapped_column(Text)
    definition_version: Mapped[str] = mapped_column(Text)
    counters: Mapped[bytes] = mapped_column(LargeBinary)
    words: Mapped[str | None] = mapped_column(Text)


class SweepJournalRow(Base):
    """The results of one flush, packed and durable at once; gone when they stand in an hour's blocks."""

    __tablename__ = "sweep_journal"
    __table_args__ = (
        Index("sweep_journal_by_end", "last_ms"),  # the newest samples; what is ripe for compaction
    )

    id: Mapped[int] = mapped_column(ROWID, primary_key=True, autoincrement=True)
    first_ms: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger)
    results: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class HourBlockRow(Base):
    """One hour of one shelf (256 monitors with neighbouring numbers); gone when it stands in the day's blocks."""

    __tablename__ = "hour_block"
    __table_args__ = (
        Index("hour_block_by_hour", "hour", "shelf", unique=True),  # one block each; samples of some monitors
    )

    id: Mapped[int] = mapped_column(ROWID, primary_key=True, autoincrement=True)
    hour: Mapped[int]
    shelf: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class BlockRow(Base):
    """One day of one monitor."""

    __tablename__ = "block"
    __table_args__ = (
        Index("block_by_monitor", "number", "day", unique=True),  # one block each; a monitor's month
        Index("block_by_day", "day"),  # retention
    )

    id: Mapped[int] = mapped_column(ROWID, primary_key=True, autoincrement=True)
    number: Mapped[int]
    day: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)


class SpanRow(Base):
    """From `start_ms` on the monitor had this health, until `end_ms` or, while that is None, until now.

    `summary` is what was seen when it began.
    """

    __tablename__ = "span"
    __table_args__ = (
        Index("span_by_monitor", "number", "start_ms", unique=True),  # a monitor's history; a change told twice
        Index("span_by_end", "end_ms", "start_ms", "number", "health"),  # availability of all, from the index alone
        Index("span_open", "number", unique=True, sqlite_where=STILL_OPEN, postgresql_where=STILL_OPEN),  # only one
    )

    id: Mapped[int] = mapped_column(ROWID, primary_key=True, autoincrement=True)
    number: Mapped[int]
    start_ms: Mapped[int] = mapped_column(BigInteger)
    end_ms: Mapped[int | None] = mapped_column(BigInteger)
    health: Mapped[int] = mapped_column(SmallInteger)
    summary: Mapped[str] = mapped_column(Text)


class RollupDayRow(Base):
    """One day of one monitor in figures. `latencies` counts them in 23 classes (monitors/storage/histogram.py)."""

    __tablename__ = "rollup_day"
    __table_args__ = (
        Index("rollup_day_by_day", "day", "number", unique=True),  # one each; reports over many monitors
    )

    id: Mapped[int] = mapped_column(ROWID, primary_key=True, autoincrement=True)
    day: Mapped[int]
    number: Mapped[int]
    ok: Mapped[int]
    warning: Mapped[int]
    critical: Mapped[int]
    unknown: Mapped[int]
    latency_sum_s: Mapped[float] = mapped_column(Double)
    latency_max_s: Mapped[float] = mapped_column(Double)
    latencies: Mapped[bytes] = mapped_column(LargeBinary)


class CheckRequestRow(Base):
    """Somebody wants this monitor checked now; asked twice it is checked once."""

    __tablename__ = "check_request"

    monitor: Mapped[str] = mapped_column(NAME, primary_key=True)
    because: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(Instant)


class HeartbeatPingRow(Base):
    """The last pings of one heartbeat: that it began, that it was done, that it failed, and what it said.

    `key` is the monitor's name: the secret that a job pings under stands in no table.
    """

    __tablename__ = "heartbeat_ping"

    monitor: Mapped[str] = mapped_column(NAME, primary_key=True)
    key: Mapped[str] = mapped_column(NAME, unique=True)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    succeeded_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    exit_code: Mapped[int | None]
    duration_s: Mapped[float | None] = mapped_column(Double)
    said: Mapped[str] = mapped_column(Text, default="")
    pings: Mapped[int] = mapped_column(BigInteger, default=0)


class MonitorPauseRow(Base):
    """A person stopped looking at a monitor from `since` to `until` (None: until somebody resumes it)."""

    __tablename__ = "monitor_pause"
    __table_args__ = (
        Index("monitor_pause_by_end", "ended_at", "until"),  # who is paused now; what to leave out of a report
    )

    id: Mapped[int] = mapped_column(ROWID, primary_key=True, autoincrement=True)
    monitor: Mapped[str] = mapped_column(NAME, index=True)  # the pauses of one monitor
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    because: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(String(200))
