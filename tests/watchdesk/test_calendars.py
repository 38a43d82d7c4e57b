"""Calendars: days off, business time, and the properties that hold for all of them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.watchdesk.calendar_samples import round_the_clock, weekdays, with_lunch
from watchdesk import business_time
from watchdesk.business_time import NeverOpen
from watchdesk.calendars import ALWAYS, Calendar, OpenHours, from_text, merged, public_holidays

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
CALENDARS = (
    ALWAYS,
    weekdays(9, 17),
    weekdays(8, 18, tz="Europe/Berlin", days_off=(date(2026, 3, 30),)),
    weekdays(0, 6, tz="America/New_York", days=range(7)),
    with_lunch("Australia/Lord_Howe"),  # its clocks change by half an hour
    round_the_clock("Europe/Berlin"),
    Calendar(id="berlin", tz="Europe/Berlin", hours=weekdays(8, 18).hours, regions=("DE-BE",)),
)
# a year and some days: both changes of the clocks, Christmas, and the turn of a year
instants = st.integers(0, 368 * 86_400_000).map(lambda passed: utc(2025, 12, 20) + timedelta(milliseconds=passed))
durations = st.timedeltas(timedelta(0), timedelta(hours=60))
calendars = st.sampled_from(CALENDARS)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[misc,arg-type]


@given(calendars, instants, durations)
def test_adding_business_time_is_undone_by_measuring_it(
    calendar: Calendar, start: datetime, duration: timedelta
) -> None:
    due = business_time.add(calendar, start, duration)
    assert business_time.elapsed(calendar, start, due) == duration


@given(calendars, instants, durations)
def test_no_earlier_instant_has_as_much_business_time_behind_it(
    calendar: Calendar, start: datetime, duration: timedelta
) -> None:
    due = business_time.add(calendar, start, duration)
    if duration:
        assert business_time.elapsed(calendar, start, due - timedelta(microseconds=1)) < duration


@given(calendars, st.lists(instants, min_size=3, max_size=3))
def test_business_time_of_two_parts_is_that_of_the_whole(calendar: Calendar, three: list[datetime]) -> None:
    start, middle, end = sorted(three)
    parts = business_time.elapsed(calendar, start, middle) + business_time.elapsed(calendar, middle, end)
    assert parts == business_time.elapsed(calendar, start, end)


@given(calendars, instants, instants)
def test_business_time_is_never_more_than_time(calendar: Calendar, one: datetime, other: datetime) -> None:
    start, end = sorted((one, other))
    assert timedelta(0) <= business_time.elapsed(calendar, start, end) <= end - start


def test_the_day_the_clocks_go_forward_has_23_hours() -> None:
    # 2026-03-29 00:00 CET = 28th 23:00Z; 30th 00:00 CEST = 29th 22:00Z: 23 hours
    day = business_time.elapsed(round_the_clock("Europe/Berlin"), berlin(2026, 3, 29), berlin(2026, 3, 30))
    assert day == 23 * HOUR


def test_the_day_the_clocks_go_back_has_25_hours() -> None:
    # 2026-10-25 00:00 CEST = 24th 22:00Z; 26th 00:00 CET = 25th 23:00Z: 25 hours
    day = business_time.elapsed(round_the_clock("Europe/Berlin"), berlin(2026, 10, 25), berlin(2026, 10, 26))
    assert day == 25 * HOUR


def test_hours_that_the_clocks_skip_are_not_counted() -> None:
    # 01:00-03:00 on 2026-03-29: 00:00Z to 01:00Z, as 02:00 to 03:00 does not exist
    night = Calendar(id="night", tz="Europe/Berlin", hours=(OpenHours(weekday=6, begins=60, ends=180),))
    assert business_time.elapsed(night, berlin(2026, 3, 29), berlin(2026, 3, 30)) == HOUR


def test_a_span_within_the_skipped_hour_is_never_negative() -> None:
    spans = (OpenHours(weekday=6, begins=150, ends=179), OpenHours(weekday=6, begins=180, ends=240))
    night = Calendar(id="night", tz="Europe/Berlin", hours=spans)
    # 02:30-02:59 is read as 01:30Z-01:59Z, which 03:00-04:00 CEST (01:00Z-02:00Z) holds: counted once
    assert business_time.elapsed(night, berlin(2026, 3, 29), berlin(2026, 3, 30)) == HOUR


def test_lunch_is_not_business_time() -> None:
    # Monday 11:00 to 14:00: 11-12 and 13-14
    assert business_time.elapsed(with_lunch(), utc(2026, 3, 2, 11), utc(2026, 3, 2, 14)) == 2 * HOUR
    assert business_time.add(with_lunch(), utc(2026, 3, 2, 11), 90 * timedelta(minutes=1)) == utc(2026, 3, 2, 13, 30)


def test_business_time_passes_over_a_public_holiday_of_the_subdivision() -> None:
    office = Calendar(id="o", tz="Europe/Berlin", hours=weekdays(8, 18).hours, regions=("DE-BE",))
    # International Women's Day, Sunday 8 March 2026, is one in Berlin only; take 2027, a Monday
    assert office.is_day_off(date(2027, 3, 8))
    assert business_time.elapsed(office, berlin(2027, 3, 5, 17), berlin(2027, 3, 9, 9)) == 2 * HOUR


def test_a_day_off_that_is_not_one_in_the_neighbouring_subdivision_is_worked_there() -> None:
    assert date(2027, 3, 8) not in public_holidays("DE-BY", 2027)


def test_a_yearly_day_off_closes_that_day_every_year() -> None:
    office = Calendar(id="o", tz="UTC", hours=weekdays(9, 17).hours, yearly_days_off=frozenset({(12, 24)}))
    assert business_time.elapsed(office, utc(2026, 12, 24), utc(2026, 12, 25)) == timedelta(0)
    assert business_time.elapsed(office, utc(2025, 12, 24), utc(2025, 12, 25)) == timedelta(0)


def test_a_promise_that_ends_with_the_working_day_is_due_then_and_not_the_next_morning() -> None:
    assert business_time.add(weekdays(9, 17), utc(2026, 3, 2, 9), 8 * HOUR) == utc(2026, 3, 2, 17)


def test_a_calendar_that_hardly_opens_says_so_instead_of_searching_for_ever() -> None:
    once_in_four_years = Calendar(
        id="leap",
        tz="UTC",
        hours=(OpenHours(weekday=0, begins=0, ends=1),),
        yearly_days_off=frozenset((month, day) for month in range(1, 13) for day in range(1, 32)),
    )
    with pytest.raises(NeverOpen, match="'leap' is open for less than"):
        business_time.add(once_in_four_years, utc(2026, 1, 1), HOUR)


def test_negative_business_time_cannot_be_added() -> None:
    with pytest.raises(ValueError, match="negative"):
        business_time.add(ALWAYS, utc(2026, 1, 1), -HOUR)


def test_it_is_open_at_the_first_instant_of_an_interval_and_closed_at_its_last() -> None:
    assert business_time.is_open(weekdays(9, 17), utc(2026, 3, 2, 9))
    assert not business_time.is_open(weekdays(9, 17), utc(2026, 3, 2, 17))


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda calendar: calendar.id)
def test_a_calendar_survives_its_spelling(calendar: Calendar) -> None:
    assert from_text(calendar.to_text()) == calendar


def test_a_calendar_without_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="never open"):
        Calendar(id="closed", tz="UTC", hours=())


def test_hours_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="mon overlap"):
        merged([OpenHours(weekday=0, begins=0, ends=100), OpenHours(weekday=0, begins=99, ends=200)])


def test_an_unknown_region_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match="write it like DE or DE-BE"):
        public_holidays("DE-ZZ", 2026)
