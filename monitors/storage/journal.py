"""The sweep journal: the results of one flush as one row, durable with the transaction that wrote it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from monitors.storage import latency
from monitors.storage.codes import CODES
from monitors.storage.results import Results
from monitors.tables import SweepJournalRow
from watchdesk.health import Health

RECORD = np.dtype([("number", "<u4"), ("at_ms", "<i8"), ("latency", "<u2"), ("health", "u1")])


class Result(NamedTuple):
    """One check: of which monitor (and its number), begun when (seconds since the epoch), judged how, how slow."""

    monitor: str
    number: int
    at: float
    health: Health
    latency_s: float | None


def append(session: Session, results: Sequence[Result]) -> None:
    """Remember `results` in one row. They may come late, twice and in any order: readers see each once."""
    if results:
        write(session, columns_of(results))


def columns_of(results: Sequence[Result]) -> Results:
    """The results, at least one, as columns in their order; instants are rounded to milliseconds."""
    _, numbers, instants, healths, latencies = zip(*results, strict=True)
    return Results(
        np.array(numbers, dtype=np.uint32),
        np.rint(np.array(instants, dtype=np.float64) * 1000).astype(np.int64),
        np.array([CODES[health] for health in healths], dtype=np.uint8),
        latency.encode(np.array(latencies, dtype=np.float64)),
    )


def write(session: Session, results: Results) -> None:
    """Remember columns of results, at least one, in one row."""
    row = {
        "first_ms": int(results.at_ms.min()),
        "last_ms": int(results.at_ms.max()),
        "results": len(results),
        "payload": pack(results),
    }
    session.execute(insert(SweepJournalRow), row)


def pack(results: Results) -> bytes:
    records = np.empty(len(results), dtype=RECORD)
    for name in ("number", "at_ms", "latency", "health"):
        records[name] = getattr(results, name)
    return records.tobytes()


def unpack(payloads: Iterable[bytes]) -> Results:
    """The results of several rows, in their order."""
    records = np.frombuffer(b"".join(payloads), dtype=RECORD)
    return Results(
        records["number"].astype(np.uint32),
        records["at_ms"].astype(np.int64),
        records["health"].astype(np.uint8),
        records["latency"].astype(np.uint16),
    )
