"""What remembering costs: bytes a result, time to write, time to ask; beside one row per check in the same run.

    ./run bench storage [--monitors 1000] [--days 30] [--every 60] [--seed 1] [--postgres URL] [--json]

The history is made up (bench/_history.py) but goes the product's own way: journal, hourly and daily compaction,
spans, states. Bytes are those by which the database grew, free pages and indexes included. Times are medians of
several rounds in one process; the peer holds fewer days, and is compared on those days only.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import text

from bench._history import FIRST_DAY, History, Scale, by_hour, changes_of
from monitors import queries
from monitors.housekeeping import tidy
from monitors.state import MonitorState
from monitors.storage import journal, numbers, spans, states
from monitors.storage.codes import HEALTHS, UNMEASURED
from monitors.storage.journal import Result
from monitors.storage.results import DAY_MS, Results
from watchdesk.clock import from_epoch_ms
from watchdesk.database import Database
from watchdesk.health import Health, StateType
from watchdesk.schema import all_tables

YEARS = timedelta(days=4000)
ROUNDS = 7
BATCH = 10_000
PEER_DAYS = 2
LIMITS = {"bytes_per_result": 1.5, "availability_cpu_ms": 100.0}  # of SQLite; CPU, as the machine may be busy


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured on one database."""

    database: str
    results: int
    bytes_per_result: float
    ingest_ms_per_10000: float
    states_cpu_us_each: float
    compaction_cpu_us_per_result: float
    availability_ms: float
    availability_cpu_ms: float
    outages_ms: float
    percentiles_ms: float
    one_month_ms: float
    last_60_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerFigures:
    """One row per check, in a table without rowid, by (monitor, time); ours on the same days beside it."""

    results: int
    bytes_per_result: float
    ingest_ms_per_10000: float
    availability_ms: float
    our_availability_ms: float


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 when a limit is broken."""
    options = _options(argv)
    scale = Scale(options.monitors, options.days, options.every, options.seed)
    say = _silent if options.json else print
    say(f"{scale.monitors} monitors every {scale.every_s} s for {scale.days} days, seed {scale.seed}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "watchdesk.db"
        with Database(f"sqlite:///{path}") as database:
            found = [_measure(database, scale)]
            say(_table(found[0].database, found[0]))
            peer = _measure_peer(Path(folder) / "peer.db", database, scale)
            say(_table("one row per check, SQLite", peer), _ratios(found[0], peer), sep="\n")
    if options.postgres:
        with Database(options.postgres) as database:
            found.append(_measure(database, scale))
            say(_table(found[1].database, found[1]))
    broken = [name for name, limit in LIMITS.items() if getattr(found[0], name) > limit]
    if options.json:
        print(json.dumps(_document(scale, found, peer), indent=2))
    for name in broken:
        say(f"limit broken: {name} = {getattr(found[0], name):.3g} > {LIMITS[name]}")
    return 1 if broken else 0


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench storage", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--monitors", type=int, default=1000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--every", type=int, default=60, help="seconds between two checks of a monitor")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", help="URL of an empty PostgreSQL database to measure as well")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(argv)


def _measure(database: Database, scale: Scale) -> Figures:
    all_tables().create_all(database.engine)
    empty = _size_bytes(database)
    compaction_s = _fill(database, scale)
    with database.reading() as session:
        last_60_ms = _median(lambda: queries.last_results(session, 60))
    compaction_s += _tidy(database, (FIRST_DAY + scale.days) * 86_400 + 7200)
    size = _size_bytes(database) - empty
    until_ms = (FIRST_DAY + scale.days) * DAY_MS
    window = from_epoch_ms(until_ms - 30 * DAY_MS), from_epoch_ms(until_ms)
    with database.reading() as session:
        ask = {
            "availability_ms": lambda: queries.availability(session, *window),
            "outages_ms": lambda: queries.outages(session, *window),
            "percentiles_ms": lambda: queries.latency_percentiles(session, *window),
            "one_month_ms": lambda: queries.results_between(session, *window, [scale.names[0]]),
        }
        asked = {name: _median(question) for name, question in ask.items()}
        cpu_ms = _median(ask["availability_ms"], time.process_time)
    return Figures(
        database=database.engine.dialect.name,
        results=scale.results,
        bytes_per_result=size / scale.results,
        ingest_ms_per_10000=_ingest_ms(database),
        states_cpu_us_each=_states_us(database),
        compaction_cpu_us_per_result=compaction_s * 1e6 / scale.results,
        availability_cpu_ms=cpu_ms,
        last_60_ms=last_60_ms,
        **asked,
    )


def _fill(database: Database, scale: Scale) -> float:
    """The history up to now, compacted hour by hour as it would be; returns the CPU seconds that compaction took.

    The last hour still stands in the journal, the last day in hours.
    """
    names, spent_s = scale.names, 0.0
    present = np.full(scale.monitors, UNMEASURED, np.uint8)
    with database.writing() as session:
        numbers.assign(session, names)
        numbers.note_rhythms(session, dict.fromkeys(names, 2.0 * scale.every_s + 12))
    for day in History(scale).days():
        for hour, results in by_hour(day):
            _append(database, results)
            spent_s += _tidy(database, (hour + 1) * 3600)
        with database.writing() as session:
            spans.record(session, changes_of(day, present, names))
            states.save(session, _states_after(day, names))
    return spent_s


def _append(database: Database, results: Results) -> None:
    """An hour as sixty flushes."""
    for part in np.array_split(np.arange(len(results)), min(60, len(results))):
        with database.writing() as session:
            journal.write(session, results.take(part))


def _tidy(database: Database, now_s: int) -> float:
    started, is_more = time.process_time(), True
    while is_more:
        with database.writing() as session:
            is_more = tidy(session, from_epoch_ms(now_s * 1000), YEARS)
    return time.process_time() - started


def _states_after(day: Results, names: Sequence[str]) -> list[MonitorState]:
    last = {number: (at_ms, code) for number, at_ms, code in zip(*_lists(day), strict=True)}
    return [
        MonitorState(
            monitor=names[number - 1], health=HEALTHS[code], hard_health=HEALTHS[code], state_type=StateType.HARD,
            since=at_ms / 1000, last_at=at_ms / 1000, last_latency_s=0.031, ok_since=at_ms / 1000, ok_streak=100,
            summary="200 in 31 ms", measured={"status": "200"}, definition_version="5f3a9c1e2b7d4f60",
        )
        for number, (at_ms, code) in last.items()
    ]  # fmt: skip


def _lists(day: Results) -> tuple[list[int], list[int], list[int]]:
    return day.number.tolist(), day.at_ms.tolist(), day.health.tolist()


def _size_bytes(database: Database) -> int:
    if database.is_sqlite:
        database.close()  # the last connection takes the write-ahead log with it
        return Path(str(database.engine.url.database)).stat().st_size
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM"))
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def _ingest_ms(database: Database) -> float:
    """One durable flush of 10,000 results, as the watch hands them over."""
    now_s = 4e9
    made = [Result(f"m{n}", n, now_s + n / 1000, Health.OK, 0.03 + n / 1e6) for n in range(1, BATCH + 1)]

    def flush() -> None:
        with database.writing() as session:
            journal.append(session, made)

    return _median(flush)


def _states_us(database: Database) -> float:
    made = [
        MonitorState(
            monitor=f"web-{n * 7919 % BATCH:05d}", health=Health.OK, hard_health=Health.OK, state_type=StateType.HARD,
            since=1.7e9, last_at=1.7e9 + n, last_latency_s=0.03, ok_since=1.7e9, ok_streak=n, flap_count=20,
            flap_last=Health.OK, summary="200 in 31 ms", measured={"status": "200"}, definition_version="5f3a9c1e2b7d",
        )
        for n in range(BATCH)
    ]  # fmt: skip

    def save() -> None:
        with database.writing() as session:
            states.save(session, made)

    return _median(save, time.process_time) * 1000 / BATCH


def _measure_peer(path: Path, database: Database, scale: Scale) -> PeerFigures:
    days = min(PEER_DAYS, scale.days)
    peer = sqlite3.connect(path, isolation_level=None)
    peer.executescript(
        "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        "CREATE TABLE result (monitor INTEGER, at INTEGER, health INTEGER, latency_ms INTEGER,"
        " PRIMARY KEY (monitor, at)) WITHOUT ROWID"
    )
    spent = [_peer_flush(peer, rows) for rows in _peer_batches(Scale(scale.monitors, days, scale.every_s, scale.seed))]
    peer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    question = "SELECT monitor, sum(health < 2) * 1.0 / count(*) FROM result WHERE at >= ? AND at < ? GROUP BY monitor"
    first_ms, last_ms = FIRST_DAY * DAY_MS, (FIRST_DAY + days) * DAY_MS
    window = from_epoch_ms(first_ms), from_epoch_ms(last_ms)
    with database.reading() as session:
        ours = _median(lambda: queries.availability(session, *window))
    results = scale.monitors * days * scale.checks_a_day
    return PeerFigures(
        results=results,
        bytes_per_result=path.stat().st_size / results,
        ingest_ms_per_10000=statistics.median(spent) * 1000,
        availability_ms=_median(lambda: peer.execute(question, (first_ms, last_ms)).fetchall()),
        our_availability_ms=ours,
    )


def _peer_batches(scale: Scale) -> list[list[tuple[int, int, int, int]]]:
    found = []
    for day in History(scale).days():
        columns = (day.number.tolist(), day.at_ms.tolist(), day.health.tolist(), day.latency.tolist())
        rows = list(zip(*columns, strict=True))
        found += [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
    return found


def _peer_flush(peer: sqlite3.Connection, rows: list[tuple[int, int, int, int]]) -> float:
    started = time.perf_counter()
    peer.execute("BEGIN IMMEDIATE")
    peer.executemany("INSERT INTO result VALUES (?, ?, ?, ?)", rows)
    peer.execute("COMMIT")
    return (time.perf_counter() - started) * BATCH / len(rows)


def _median(question: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Milliseconds."""
    spent = []
    for _ in range(ROUNDS):
        started = clock()
        question()
        spent.append((clock() - started) * 1000)
    return statistics.median(spent)


def _document(scale: Scale, found: Sequence[Figures], peer: PeerFigures) -> dict[str, object]:
    return {"scale": asdict(scale), "ours": [asdict(figures) for figures in found], "row_per_check": asdict(peer)}


def _silent(*_: object, **__: object) -> None:
    """For a document on standard output, which nothing else may stand beside."""


def _table(title: str, figures: Figures | PeerFigures) -> str:
    rows = [f"  {name:28}{value:12.3f}" for name, value in asdict(figures).items() if isinstance(value, float)]
    return "\n".join([f"\n{title}: {figures.results:,} results", *rows])


def _ratios(ours: Figures, peer: PeerFigures) -> str:
    ratios = {
        "bytes per result": peer.bytes_per_result / ours.bytes_per_result,
        "ingest": peer.ingest_ms_per_10000 / ours.ingest_ms_per_10000,
        "availability, same days": peer.availability_ms / peer.our_availability_ms,
    }
    rows = [f"  {name:28}{ratio:12.1f}" for name, ratio in ratios.items()]
    return "\n".join(["\nratios (row per check / ours), same run", *rows])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
