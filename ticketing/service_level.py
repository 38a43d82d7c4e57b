"""Promised times: how much of one is used up, when it is due, and whether it was broken.

A clock is a pure function of what happened to the ticket, the promise and the calendar. Pauses and time outside
business hours do not count, and a pause outside business hours is not counted off twice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from watchdesk import business_time
from watchdesk.calendars import Calendar

ZERO = timedelta(0)


class Promise(StrEnum):
    """What was promised: that somebody responds, or that the service is restored."""

    RESPOND = "respond"
    RESOLVE = "resolve"


class Turn(StrEnum):
    """What can happen to a clock."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    COMPLETED = "completed"
    RESTARTED = "restarted"  # taken up again after completion; the time in between does not count
    CANCELLED = "cancelled"


class ClockState(StrEnum):
    """Running and paused clocks are open; kept and broken ones are completed."""

    RUNNING = "running"
    PAUSED = "paused"
    KEPT = "kept"
    BROKEN = "broken"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEvent:
    """One turn of a clock."""

    at: datetime
    turn: Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One promise: within how much business time."""

    promise: Promise
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock as of `measured_at`.

    `elapsed` is business time, `actual` the same spans in plain time. `due_at` is when the promise is, was or would
    have been used up; None while a pause leaves that open. `breached_at` equals it once it has passed uncompleted.
    `running_since` begins the span that runs now, with `elapsed_before` used up until then.
    """

    promise: Promise
    within: timedelta
    state: ClockState
    started_at: datetime
    elapsed: timedelta
    actual: timedelta
    due_at: datetime | None
    breached_at: datetime | None
    completed_at: datetime | None
    running_since: datetime | None
    elapsed_before: timedelta
    measured_at: datetime

    @property
    def remaining(self) -> timedelta:
        """Business time left; negative when overdue."""
        return self.within - self.elapsed

    @property
    def is_open(self) -> bool:
        return self.state in {ClockState.RUNNING, ClockState.PAUSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """A span in which the clock ran; `ended_by` is None when it runs now."""

    begins: datetime
    ends: datetime
    ended_by: Turn | None


def measure(events: Iterable[ClockEvent], agreement: Agreement, calendar: Calendar, now: datetime) -> Clock | None:
    """The clock as of `now`; None when nothing started it. Events are oldest first; those after `now` are ignored."""
    known = [event for event in events if event.at <= now]
    spans = list(_running_spans(known, now))
    if not spans:
        return None
    before, elapsed, due_at = ZERO, ZERO, None
    for span in spans:
        before = elapsed
        elapsed += business_time.elapsed(calendar, span.begins, span.ends)
        is_last_word = span is spans[-1] and span.ended_by in {None, Turn.COMPLETED}
        if due_at is None and (elapsed >= agreement.within or is_last_word):
            due_at = business_time.add(calendar, span.begins, agreement.within - before)
    is_breached = elapsed > agreement.within
    runs = spans[-1].ended_by is None
    return Clock(
        promise=agreement.promise,
        within=agreement.within,
        state=_state(known, runs=runs, is_breached=is_breached),
        started_at=spans[0].begins,
        elapsed=elapsed,
        actual=sum((span.ends - span.begins for span in spans), ZERO),
        due_at=due_at,
        breached_at=due_at if is_breached else None,
        completed_at=_completed_at(known),
        running_since=spans[-1].begins if runs else None,
        elapsed_before=before if runs else elapsed,
        measured_at=now,
    )


def reaches(clock: Clock, calendar: Calendar, amount: timedelta) -> datetime | None:
    """When the running clock has or will have used up `amount`; None when it does not run, or was past it before."""
    if clock.running_since is None or amount < clock.elapsed_before:
        return None
    return business_time.add(calendar, clock.running_since, amount - clock.elapsed_before)


def _running_spans(events: list[ClockEvent], now: datetime) -> Iterator[_Span]:
    begins: datetime | None = None
    for event in events:
        starts = event.turn in {Turn.STARTED, Turn.RESUMED, Turn.RESTARTED}
        if starts and begins is None:
            begins = event.at
        elif not starts and begins is not None:
            yield _Span(begins=begins, ends=event.at, ended_by=event.turn)
            begins = None
    if begins is not None:
        yield _Span(begins=begins, ends=now, ended_by=None)


def _state(events: list[ClockEvent], *, runs: bool, is_breached: bool) -> ClockState:
    if runs:
        return ClockState.RUNNING
    last = events[-1].turn
    if last is Turn.CANCELLED:
        return ClockState.CANCELLED
    if last is Turn.COMPLETED:
        return ClockState.BROKEN if is_breached else ClockState.KEPT
    return ClockState.PAUSED


def _completed_at(events: list[ClockEvent]) -> datetime | None:
    """When it was completed last; None while it is open."""
    last = events[-1]
    if last.turn not in {Turn.COMPLETED, Turn.CANCELLED}:
        return None
    return last.at
