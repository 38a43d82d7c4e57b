"""Daily figures: how often each verdict was given, how slow the answers were."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitors.storage import histogram, latency
from monitors.storage.codes import HEALTHS
from monitors.storage.portions import portions
from monitors.storage.results import DAY_MS, Results
from monitors.tables import RollupDayRow
from watchdesk.upsert import insert_for

COUNTED = tuple(health.value for health in HEALTHS)


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of several monitors on one day, a row each, by number; `counts` has a column for each health code."""

    number: NDArray[np.int64]
    counts: NDArray[np.int64]
    latency_sum_s: NDArray[np.float64]
    latency_max_s: NDArray[np.float64]
    latencies: NDArray[np.int64]


def figures_of(results: Results) -> Figures:
    """The figures of results of one day, at least one."""
    number, row = np.unique(results.number.astype(np.int64), return_inverse=True)
    rows = len(number)
    seconds = np.nan_to_num(latency.decode(results.latency))
    slowest = np.zeros(rows)
    np.maximum.at(slowest, row, seconds)
    counts = np.bincount(row * len(HEALTHS) + results.health, minlength=rows * len(HEALTHS))
    return Figures(
        number,
        counts.reshape(rows, len(HEALTHS)),
        np.bincount(row, weights=seconds, minlength=rows).astype(np.float64),
        slowest,
        histogram.count(results.latency, row, rows),
    )


def add(session: Session, results: Results) -> None:
    """Count results that were not counted before; they may be of several days."""
    by_day = results.take(np.argsort(results.at_ms // DAY_MS, kind="stable"))
    for day, part in by_day.parts_by(by_day.at_ms // DAY_MS):
        _add_day(session, day, figures_of(part))


def replace(session: Session, day: int, results: Results) -> None:
    """Count the whole day of some monitors anew."""
    _write(session, day, figures_of(results))


def _add_day(session: Session, day: int, new: Figures) -> None:
    known = _known(session, day, new.number.tolist())
    if known:
        number, *counts, sum_s, max_s, latencies = zip(*known, strict=True)
        row = np.searchsorted(new.number, number)
        new.counts[row] += np.array(counts).T
        new.latency_sum_s[row] += sum_s
        new.latency_max_s[row] = np.maximum(new.latency_max_s[row], max_s)
        new.latencies[row] += histogram.unpack(latencies)
    _write(session, day, new)


def _known(session: Session, day: int, numbers: Iterable[int]) -> list[Any]:
    row = RollupDayRow
    columns = (row.number, *(getattr(row, name) for name in COUNTED), row.latency_sum_s, row.latency_max_s)
    wanted = select(*columns, row.latencies).where(row.day == day)
    return [known for some in portions(numbers) for known in session.execute(wanted.where(row.number.in_(some)))]


def _write(session: Session, day: int, figures: Figures) -> None:
    columns = zip(
        figures.number.tolist(),
        figures.counts.tolist(),
        figures.latency_sum_s.tolist(),
        figures.latency_max_s.tolist(),
        figures.latencies,
        strict=True,
    )
    rows = [
        {"day": day, "number": number, **dict(zip(COUNTED, counts, strict=True)),
         "latency_sum_s": total_s, "latency_max_s": slowest_s, "latencies": histogram.pack(latencies)}
        for number, counts, total_s, slowest_s, latencies in columns
    ]  # fmt: skip
    insert = insert_for(session, RollupDayRow)
    changed = {name: insert.excluded[name] for name in rows[0] if name not in {"day", "number"}}
    session.execute(insert.on_conflict_do_update(index_elements=["day", "number"], set_=changed), rows)
