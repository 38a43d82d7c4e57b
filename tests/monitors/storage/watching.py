"""A watch in miniature: remembers samples the way the real one does."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from monitors.housekeeping import tidy
from monitors.state import MonitorState
from monitors.storage import journal, numbers, spans, states
from monitors.storage.journal import Result
from monitors.storage.spans import Change
from watchdesk.database import Database
from watchdesk.health import Health

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
YEARS = timedelta(days=4000)
Seen = tuple[str, float, Health, float | None]  # monitor, seconds after START, health, latency in seconds


def instant(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def append(database: Database, seen: Sequence[Seen]) -> None:
    """One flush of results, without states and spans."""
    with database.writing() as session:
        known = numbers.assign(session, {monitor for monitor, *_ in seen})
        journal.append(
            session,
            [
                Result(monitor, known[monitor], START.timestamp() + at, health, latency_s)
                for monitor, at, health, latency_s in seen
            ],
        )


def watch(database: Database, monitor: str, samples: Iterable[tuple[float, Health, str]], stands_s: float) -> None:
    """Samples in order of time, each remembered in full: result, state and change."""
    with database.writing() as session:
        known = numbers.assign(session, [monitor])
        numbers.note_rhythms(session, {monitor: stands_s})
        state = states.load(session, [monitor]).get(monitor)
        changes: list[Change] = []
        results: list[Result] = []
        for at, health, summary in samples:
            seconds = START.timestamp() + at
            new = MonitorState(monitor=monitor, health=health, last_at=seconds, summary=summary)
            changes += spans.changes(state, new, stands_s)
            results.append(Result(monitor, known[monitor], seconds, health, None))
            state = new
        journal.append(session, results)
        spans.record(session, changes)
        states.save(session, [] if state is None else [state])


def tidy_all(database: Database, now: datetime, keep: timedelta = YEARS) -> int:
    """Housekeeping until nothing is left to do, each step in a transaction of its own; returns the steps."""
    steps = 0
    is_more = True
    while is_more:
        with database.writing() as session:
            is_more = tidy(session, now, keep)
        steps += 1
    return steps
