"""Clocks of promised times: the seven published vectors, and the properties behind them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.watchdesk.calendar_samples import round_the_clock, weekdays
from ticketing.forecast import foreseen_after
from ticketing.service_level import Agreement, Clock, ClockEvent, ClockState, Promise, Turn, measure, reaches
from watchdesk import business_time
from watchdesk.calendars import ALWAYS, Calendar

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
ZERO = timedelta(0)


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """An instant of March 2026, whose 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


def clock_of(
    turns: list[tuple[datetime, Turn]], within: timedelta, calendar: Calendar = ALWAYS, now: datetime | None = None
) -> Clock:
    events = [ClockEvent(at=instant, turn=turn) for instant, turn in turns]
    agreement = Agreement(promise=Promise.RESOLVE, within=within)
    clock = measure(events, agreement, calendar, now or events[-1].at)
    assert clock is not None
    return clock


def test_vector_servicenow_over_night() -> None:
    # 9-17 on weekdays, Monday 14:00 to Tuesday 09:00: business 14-17 = 3 h; actual 10 h + 9 h = 19 h
    clock = clock_of([(at(2, 14), Turn.STARTED), (at(3, 9), Turn.COMPLETED)], 8 * HOUR, weekdays(9, 17))
    assert (clock.elapsed, clock.actual) == (3 * HOUR, 19 * HOUR)


def test_vector_servicenow_over_a_weekend() -> None:
    # 8-17 on weekdays, Friday 21:00 to Monday 09:30: business Monday 8:00-9:30 = 1 h 30;
    # actual 3 h + 24 h + 24 h + 9 h 30 = 60 h 30
    clock = clock_of([(at(6, 21), Turn.STARTED), (at(9, 9, 30), Turn.COMPLETED)], 8 * HOUR, weekdays(8, 17))
    assert (clock.elapsed, clock.actual) == (90 * MINUTE, 60 * HOUR + 30 * MINUTE)


def test_vector_glpi_four_hours_from_the_afternoon() -> None:
    # 8-18, opened 16:00, four hours: 16-18 = 2 h, then 8-10 the next day
    clock = clock_of([(at(2, 16), Turn.STARTED)], 4 * HOUR, weekdays(8, 18))
    assert clock.due_at == at(3, 10)


def test_vector_znuny_pending_moves_the_due_time_by_its_length() -> None:
    # created 08:00, two hours, pending 09:00-10:05: one hour used up, the other from 10:05 on
    turns = [(at(2, 8), Turn.STARTED), (at(2, 9), Turn.PAUSED), (at(2, 10, 5), Turn.RESUMED)]
    assert clock_of(turns, 2 * HOUR).due_at == at(2, 11, 5)


def test_vector_erpnext_a_hold_outside_business_hours_moves_nothing() -> None:
    # 9-17, eight hours from 09:00, on hold 17:00 to 09:00: all eight hours fit before 17:00 of the same day
    turns = [(at(2, 9), Turn.STARTED), (at(2, 17), Turn.PAUSED), (at(3, 9), Turn.RESUMED)]
    clock = clock_of(turns, 8 * HOUR, weekdays(9, 17))
    assert clock.elapsed == 8 * HOUR
    day_later = clock_of([*turns, (at(3, 9, 30), Turn.COMPLETED)], 8 * HOUR, weekdays(9, 17))
    assert (day_later.due_at, day_later.state) == (at(2, 17), ClockState.BROKEN)


def test_vector_berlin_the_day_without_two_o_clock_has_23_hours() -> None:
    # midnight to midnight on 2026-03-29 in Berlin is 28th 23:00Z to 29th 22:00Z
    turns = [(at(28, 23), Turn.STARTED), (at(29, 22), Turn.COMPLETED)]
    assert clock_of(turns, 24 * HOUR, round_the_clock("Europe/Berlin")).elapsed == 23 * HOUR


def test_vector_two_pauses_that_begin_in_one_minute_both_count() -> None:
    # 09:00:00 start; paused 09:00:10-09:00:20 and 09:00:40-09:00:50; ends 09:00:50: 10 + 20 = 30 s ran
    seconds = [(0, Turn.STARTED), (10, Turn.PAUSED), (20, Turn.RESUMED), (40, Turn.PAUSED)]
    clock = clock_of([(at(2, 9, 0, second), turn) for second, turn in seconds], HOUR, now=at(2, 9, 0, 50))
    assert (clock.elapsed, clock.state) == (30 * SECOND, ClockState.PAUSED)


def test_a_clock_completed_at_the_very_instant_it_is_due_is_kept() -> None:
    assert clock_of([(at(2, 8), Turn.STARTED), (at(2, 9), Turn.COMPLETED)], HOUR).state is ClockState.KEPT


def test_a_clock_completed_a_moment_later_is_broken_at_the_instant_it_was_due() -> None:
    late = clock_of([(at(2, 8), Turn.STARTED), (at(2, 9, 0, 1), Turn.COMPLETED)], HOUR)
    assert (late.state, late.breached_at) == (ClockState.BROKEN, at(2, 9))


def test_a_running_clock_past_its_time_is_broken_although_it_runs_on() -> None:
    clock = clock_of([(at(2, 8), Turn.STARTED)], HOUR, now=at(2, 10))
    assert (clock.state, clock.breached_at, clock.remaining) == (ClockState.RUNNING, at(2, 9), -HOUR)


def test_a_paused_clock_has_no_due_time() -> None:
    clock = clock_of([(at(2, 8), Turn.STARTED), (at(2, 8, 30), Turn.PAUSED)], HOUR, now=at(3))
    assert (clock.due_at, clock.breached_at, clock.remaining) == (None, None, 30 * MINUTE)


def test_a_reopened_ticket_takes_its_clock_up_again_without_the_time_in_between() -> None:
    turns = [(at(2, 8), Turn.STARTED), (at(2, 9), Turn.COMPLETED), (at(4, 8), Turn.RESTARTED)]
    clock = clock_of(turns, 4 * HOUR)
    assert (clock.elapsed, clock.due_at, clock.completed_at) == (HOUR, at(4, 11), None)


def test_a_breach_stays_one_when_the_ticket_is_reopened() -> None:
    turns = [(at(2, 8), Turn.STARTED), (at(2, 10), Turn.COMPLETED), (at(4, 8), Turn.RESTARTED)]
    assert clock_of(turns, HOUR).breached_at == at(2, 9)


def test_events_after_the_instant_of_measuring_do_not_count() -> None:
    turns = [(at(2, 8), Turn.STARTED), (at(2, 9), Turn.COMPLETED)]
    assert clock_of(turns, 4 * HOUR, now=at(2, 8, 30)).state is ClockState.RUNNING


def test_nothing_is_measured_of_a_clock_that_never_started() -> None:
    assert measure([], Agreement(promise=Promise.RESPOND, within=HOUR), ALWAYS, at(2)) is None


def test_a_cancelled_ticket_owes_nothing() -> None:
    clock = clock_of([(at(2, 8), Turn.STARTED), (at(2, 8, 5), Turn.CANCELLED)], HOUR)
    assert (clock.state, clock.is_open) == (ClockState.CANCELLED, False)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[datetime, Turn]], datetime]:
    """A start, then pauses and resumptions in turn, and an instant at or after the last of them."""
    steps = draw(st.lists(st.integers(0, 30 * 3600), max_size=6))
    instant = at(2) + timedelta(seconds=draw(st.integers(0, 7 * 86400)))
    turns = [(instant, Turn.STARTED)]
    for index, step in enumerate(steps):
        instant += timedelta(seconds=step)
        turns.append((instant, Turn.RESUMED if index % 2 else Turn.PAUSED))
    return turns, instant + timedelta(seconds=draw(st.integers(0, 30 * 3600)))


calendars = st.sampled_from([ALWAYS, weekdays(9, 17), weekdays(8, 18, tz="Europe/Berlin")])
promises = st.integers(1, 40 * 60).map(lambda minutes: timedelta(minutes=minutes))


@given(histories(), promises, calendars)
def test_a_clock_counts_exactly_the_business_time_outside_its_pauses(
    history: tuple[list[tuple[datetime, Turn]], datetime], within: timedelta, calendar: Calendar
) -> None:
    turns, now = history
    clock = clock_of(turns, within, calendar, now)
    edges = [instant for instant, _ in turns] + [now]
    ran = [pair for index, pair in enumerate(pairwise(edges)) if index % 2 == 0]
    assert clock.elapsed == sum((business_time.elapsed(calendar, *pair) for pair in ran), ZERO)


@given(histories(), promises, calendars)
def test_a_clock_is_broken_exactly_when_more_than_the_promise_is_used_up(
    history: tuple[list[tuple[datetime, Turn]], datetime], within: timedelta, calendar: Calendar
) -> None:
    turns, now = history
    clock = clock_of(turns, within, calendar, now)
    assert (clock.breached_at is not None) == (clock.elapsed > within)
    if clock.breached_at is not None:
        then = clock_of(turns, within, calendar, clock.breached_at)
        assert then.elapsed == within


@given(histories(), promises, calendars)
def test_a_running_clock_measured_when_it_is_due_has_used_up_its_promise(
    history: tuple[list[tuple[datetime, Turn]], datetime], within: timedelta, calendar: Calendar
) -> None:
    turns, now = history
    clock = clock_of(turns, within, calendar, now)
    if clock.state is ClockState.RUNNING and clock.breached_at is None:
        assert clock.due_at is not None
        assert clock_of(turns, within, calendar, clock.due_at).elapsed == within
        assert reaches(clock, calendar, within) == clock.due_at


def test_a_breach_is_foreseen_once_half_of_those_that_lasted_as_long_took_longer() -> None:
    # promise 4 h; earlier 1, 1, 1, 6, 6, 6 h: at first 3 of 6 took longer than 4 h, and the median is 3.5 h;
    # after one hour only the three of 6 h are left, whose median is above the promise
    earlier = [HOUR, HOUR, HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR]
    assert foreseen_after(earlier, 4 * HOUR) == HOUR


def test_a_breach_is_foreseen_at_once_where_incidents_always_take_longer() -> None:
    assert foreseen_after([6 * HOUR] * 3, 4 * HOUR) == ZERO


@pytest.mark.parametrize("earlier", [[], [6 * HOUR] * 2, [HOUR] * 20, [HOUR] * 20 + [9 * HOUR] * 2])
def test_no_breach_is_foreseen_without_three_that_say_so(earlier: list[timedelta]) -> None:
    assert foreseen_after(earlier, 4 * HOUR) is None
