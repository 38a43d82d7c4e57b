"""The results of the demo's monitors over thirty days: one a minute, and one every other second around failures."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from console.demo.past_plan import CHAIN, DAYS, SAYS, Past
from monitors.state import MonitorState
from monitors.storage import journal, latency, spans, states
from monitors.storage.codes import OK, code_of
from monitors.storage.results import HOUR_MS, MINUTE_MS, Results
from monitors.storage.spans import Change
from monitors.told import Told
from watchdesk.clock import to_epoch_ms
from watchdesk.health import Health, StateType

SEED = 30
CLOSE_MS = 2000
LATE_MS = 60
SIGMA = 0.3  # of the logarithm of a latency, check to check
AROUND = timedelta(seconds=20)


def write_results(session: Session, pasts: Iterable[Past], numbers: Mapping[str, int], now: datetime) -> None:
    """Put them into the journal: what is older than this hour in one row, so that it can be packed, the rest in
    another.
    """
    failures = tuple(_failures(pasts, now))
    rng = np.random.default_rng(SEED)
    parts = [_of_monitor(rng, name, numbers[name], failures, now) for name in sorted(SAYS)]
    found = Results.together(parts)
    found = found.take(np.argsort(found.at_ms, kind="stable"))
    is_old = found.at_ms < to_epoch_ms(now) // HOUR_MS * HOUR_MS
    for some in (found.take(is_old), found.take(~is_old)):
        if len(some):
            journal.write(session, some)


def write_spans(session: Session, pasts: Iterable[Past], now: datetime) -> None:
    """When each monitor's health changed, and what it showed."""
    begin = (now - timedelta(days=DAYS)).timestamp()
    changes = [Change(name, begin, Health.OK, SAYS[name].fine) for name in SAYS]
    for past in _failures(pasts, now):
        says = SAYS[past.monitor]
        changes.append(Change(past.monitor, past.since.timestamp(), past.health, says.failing))
        if past.until is not None:
            changes.append(Change(past.monitor, past.until.timestamp(), Health.OK, says.fine))
    spans.record(session, changes)


def write_states(session: Session, pasts: Iterable[Past], now: datetime) -> None:
    """What is known now of the monitors that fail still: the watch goes on from there, and tells nothing twice."""
    found = [
        MonitorState(
            monitor=past.monitor,
            health=past.health,
            hard_health=past.health,
            state_type=StateType.HARD,
            since=past.since.timestamp(),
            problem_since=past.since.timestamp(),
            last_at=now.timestamp(),
            told=Told(problem=past.health).text,
            summary=SAYS[past.monitor].failing,
        )
        for past in pasts
        if past.until is None
    ]
    states.save(session, found)


def _failures(pasts: Iterable[Past], now: datetime) -> Iterator[Past]:
    """Each failure, with those of the monitors above it, which begin and end a moment later."""
    for past in pasts:
        yield past
        for place, name in enumerate(CHAIN.get(past.monitor, ()), start=1):
            later = timedelta(milliseconds=400 * place)
            until = None if past.until is None else min(now, past.until + later)
            yield Past(monitor=name, story=past.story, since=past.since + later, until=until)


def _of_monitor(rng: np.random.Generator, name: str, number: int, failures: tuple[Past, ...], now: datetime) -> Results:
    mine = [past for past in failures if past.monitor == name]
    at_ms = _instants(rng, mine, now)
    health = np.full(len(at_ms), OK, np.uint8)
    seconds = SAYS[name].usual_s * rng.lognormal(0, SIGMA, len(at_ms))
    for past in mine:
        is_failing = (at_ms >= to_epoch_ms(past.since)) & (at_ms < to_epoch_ms(past.until or now))
        health[is_failing] = code_of(past.health)
        seconds[is_failing] = 2.0 if name == "demo-checkout" else np.nan
    return Results(np.full(len(at_ms), number, np.uint32), at_ms, health, latency.encode(seconds))


def _instants(rng: np.random.Generator, failures: list[Past], now: datetime) -> NDArray[np.int64]:
    begin, end = to_epoch_ms(now - timedelta(days=DAYS)), to_epoch_ms(now)
    usual = np.arange(begin + int(rng.integers(0, MINUTE_MS - LATE_MS)), end - LATE_MS, MINUTE_MS, dtype=np.int64)
    close = [
        np.arange(to_epoch_ms(past.since), to_epoch_ms(past.until + AROUND), CLOSE_MS, dtype=np.int64)
        for past in failures
        if past.until is not None
    ]
    usual += rng.integers(0, LATE_MS, len(usual))
    return np.unique(np.concatenate([usual, *close]))
