"""Spans: the history of each monitor as a step function, written only where it steps.

The evidence text of a sample is the summary of the span that covers it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from monitors.state import MonitorState
from monitors.storage import numbers
from monitors.storage.codes import code_of
from monitors.storage.portions import portions
from monitors.storage.text import storable
from monitors.tables import SpanRow
from watchdesk.health import Health


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` (seconds since the epoch) on the monitor has this health; None: nobody looks any more."""

    monitor: str
    at: float
    health: Health | None
    summary: str


@dataclass(slots=True)
class _Open:
    """The present span of a monitor, while a batch of changes is applied."""

    id: int
    start_ms: int


def changes(before: MonitorState | None, after: MonitorState, stands_s: float) -> tuple[Change, ...]:
    """What a newly applied result adds to the history; mostly nothing.

    `stands_s` is how long a result speaks for the monitor (`monitors.rhythm.stands_for`). When the previous one is
    older than that, nobody looked meanwhile: a stretch of unmeasured time comes first. A failure that began between two
    looks, as a missed deadline does, is dated when it began.
    """
    if after.last_at is None:
        return ()
    if before is None or before.last_at is None:
        return (_now(after, after.last_at),)
    if after.last_at - before.last_at > stands_s:
        silence = Change(after.monitor, before.last_at + stands_s, None, "no check was made")
        return (silence, _now(after, after.last_at))
    if after.health is before.health or after.last_at <= before.last_at:
        return ()
    if after.since is not None and before.last_at < after.since < after.last_at:
        return (_now(after, after.since),)
    return (_now(after, after.last_at),)


def _now(state: MonitorState, at: float) -> Change:
    return Change(state.monitor, at, state.health, state.summary)


def record(session: Session, changed: Sequence[Change]) -> None:
    """Write changes down, in whatever order they come.

    The history is the step function through all changes ever recorded; of two for one monitor and instant the later
    one recorded holds. Telling the same change again changes nothing.
    """
    if not changed:
        return
    known = numbers.assign(session, {change.monitor for change in changed})
    by_number = sorted(changed, key=lambda change: (known[change.monitor], change.at))
    present = _open_spans(session, known.values())
    ended: list[dict[str, Any]] = []
    begun: list[dict[str, Any]] = []
    for monitor, group in groupby(by_number, key=attrgetter("monitor")):
        number = known[monitor]
        late, steps = _split(_steps(number, group), present.get(number))
        for step in late:
            _insert_late(session, step)
        _chain(steps, present.get(number), ended, begun)
    if ended:
        session.execute(update(SpanRow), ended)
    if begun:
        session.execute(insert(SpanRow), begun)


def _steps(number: int, group: Iterable[Change]) -> list[dict[str, Any]]:
    """One row to write for each instant, in order of time; of several for one instant the last."""
    newest = {round(change.at * 1000): change for change in group}
    return [
        {
            "number": number,
            "start_ms": at_ms,
            "end_ms": None,
            "health": code_of(change.health),
            "summary": storable(change.summary),
        }
        for at_ms, change in newest.items()
    ]


def _split(steps: list[dict[str, Any]], present: _Open | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Steps that lie before the end of what is written, and those that follow it."""
    if present is None:
        return [], steps
    late = [step for step in steps if step["start_ms"] <= present.start_ms]
    return late, steps[len(late) :]


def _chain(
    steps: list[dict[str, Any]], present: _Open | None, ended: list[dict[str, Any]], begun: list[dict[str, Any]]
) -> None:
    """Each step ends the span before it."""
    if not steps:
        return
    if present is not None:
        ended.append({"id": present.id, "end_ms": steps[0]["start_ms"]})
    for step, following in pairwise(steps):
        step["end_ms"] = following["start_ms"]
    begun.extend(steps)


def _insert_late(session: Session, step: Mapping[str, Any]) -> None:
    """Put a step between those that are there, or in place of one that began at the same instant."""
    begins_there = (SpanRow.number == step["number"], SpanRow.start_ms == step["start_ms"])
    told_again = {"health": step["health"], "summary": step["summary"]}
    if session.execute(update(SpanRow).where(*begins_there).values(told_again).returning(SpanRow.id)).first():
        return
    of_monitor = select(SpanRow.id, SpanRow.start_ms).where(SpanRow.number == step["number"])
    earlier = of_monitor.where(SpanRow.start_ms < step["start_ms"]).order_by(SpanRow.start_ms.desc()).limit(1)
    later = of_monitor.where(SpanRow.start_ms > step["start_ms"]).order_by(SpanRow.start_ms).limit(1)
    if before := session.execute(earlier).first():
        session.execute(update(SpanRow).where(SpanRow.id == before.id).values(end_ms=step["start_ms"]))
    after = session.execute(later).one()
    session.execute(insert(SpanRow).values({**step, "end_ms": after.start_ms}))


def _open_spans(session: Session, monitors: Iterable[int]) -> dict[int, _Open]:
    row = SpanRow
    wanted = select(row.number, row.id, row.start_ms).where(row.end_ms.is_(None))
    return {
        found.number: _Open(found.id, found.start_ms)
        for some in portions(monitors)
        for found in session.execute(wanted.where(row.number.in_(some)))
    }
