"""Windows: recurrence in local time, what they cover, and the nights when the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdesk.windows import (
    Recurrence,
    Subject,
    Window,
    WindowKind,
    active,
    check_recurrence,
    next_start,
    next_starts,
    occurrence_at,
)

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY_NIGHTS = Recurrence(rule="FREQ=WEEKLY;BYDAY=SU;BYHOUR=2", lasts=3 * HOUR, tz="Europe/Berlin")


def local(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  windows begin in local time


def window(when: Recurrence = SUNDAY_NIGHTS, **given: object) -> Window:
    return Window(id="patching", reason="CHG-412", when=when, **({"services": ("shop",)} | given))  # type: ignore[arg-type]


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[misc,arg-type]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("at", "is_in_force"),
    [
        (berlin(2026, 3, 1, 1, 59), False),
        (berlin(2026, 3, 1, 2, 0), True),
        (berlin(2026, 3, 1, 4, 59), True),
        (berlin(2026, 3, 1, 5, 0), False),  # half-open
        (berlin(2026, 3, 2, 3, 0), False),  # a Monday
    ],
)
def test_a_weekly_window_is_in_force_for_its_length_and_no_longer(at: datetime, is_in_force: bool) -> None:
    assert (active([window()], "shop", at) is not None) is is_in_force


def test_a_window_covers_no_other_service() -> None:
    assert active([window()], "till", berlin(2026, 3, 1, 3)) is None


def test_the_night_the_clocks_go_forward_has_its_window_at_the_instant_before_the_gap() -> None:
    # 02:00 does not exist on 2026-03-29; read with CET it is 01:00Z = 03:00 CEST, and it lasts three real hours
    span = occurrence_at(window(), utc(2026, 3, 29, 1))
    assert span is not None
    assert (span.begins, span.ends) == (utc(2026, 3, 29, 1), utc(2026, 3, 29, 4))


def test_the_night_the_clocks_go_back_has_one_window_from_the_first_two_o_clock() -> None:
    # 02:00 comes twice on 2026-10-25; the first is CEST, 00:00Z
    span = occurrence_at(window(), utc(2026, 10, 25, 0))
    assert span is not None
    assert (span.begins, span.ends) == (utc(2026, 10, 25, 0), utc(2026, 10, 25, 3))


def test_the_local_hour_stays_the_same_in_summer_and_in_winter() -> None:
    winter, summer = next_start(window(), utc(2026, 1, 1)), next_start(window(), utc(2026, 7, 1))
    assert winter is not None
    assert summer is not None
    assert (winter.begins.hour, summer.begins.hour) == (1, 0)  # 02:00 CET and 02:00 CEST in UTC


def test_a_window_longer_than_a_day_is_in_force_on_its_later_days() -> None:
    long = window(Recurrence(rule="FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=20", lasts=timedelta(days=16), tz="UTC"))
    assert active([long], "shop", utc(2027, 1, 3)) is not None
    assert active([long], "shop", utc(2027, 1, 5)) is None


def test_a_window_without_a_rule_happens_once() -> None:
    once = window(Recurrence(first=local(2026, 3, 3, 22), lasts=HOUR, tz="Europe/Berlin"))
    assert active([once], "shop", berlin(2026, 3, 3, 22, 30)) is once
    assert active([once], "shop", berlin(2026, 3, 10, 22, 30)) is None
    assert next_start(once, berlin(2026, 3, 3, 22)) is None


def test_every_second_week_counts_from_the_first_day() -> None:
    rule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9"
    fortnightly = window(Recurrence(rule=rule, first=local(2026, 1, 5), lasts=HOUR, tz="UTC"))
    assert active([fortnightly], "shop", utc(2026, 1, 12, 9)) is None
    assert active([fortnightly], "shop", utc(2026, 1, 19, 9)) is fortnightly


def test_a_rule_ends_at_its_until_given_in_utc() -> None:
    # until 2026-03-08T01:00Z = 02:00 CET, which is still an occurrence; the 15th is none
    rule = "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;UNTIL=20260308T010000Z"
    ending = window(Recurrence(rule=rule, lasts=HOUR, tz="Europe/Berlin"))
    assert active([ending], "shop", berlin(2026, 3, 8, 2, 30)) is ending
    assert active([ending], "shop", berlin(2026, 3, 15, 2, 30)) is None


def test_a_window_may_cover_everything() -> None:
    assert active([window(services=("*",))], "anything", berlin(2026, 3, 1, 3)) is not None


def test_a_window_of_a_monitor_does_not_cover_its_whole_service() -> None:
    narrow = window(services=(), monitors=("shop-web",))
    at = berlin(2026, 3, 1, 3)
    assert active([narrow], "shop", at) is None
    assert active([narrow], "shop", at, subject=Subject(monitor="shop-db")) is None
    assert active([narrow], "shop", at, subject=Subject(monitor="shop-web")) is narrow


def test_a_window_of_tags_covers_a_monitor_that_has_all_of_them() -> None:
    tagged = window(services=(), tags={"env": "prod", "rack": "a"})
    at = berlin(2026, 3, 1, 3)
    both, one = {"env": "prod", "rack": "a", "team": "x"}, {"env": "prod"}
    assert active([tagged], "shop", at, subject=Subject(monitor="m", tags=both)) is tagged
    assert active([tagged], "shop", at, subject=Subject(monitor="m", tags=one)) is None


def test_a_freeze_is_no_maintenance() -> None:
    freeze = window(kind=WindowKind.FREEZE)
    at = berlin(2026, 3, 1, 3)
    assert active([freeze], "shop", at, kind=WindowKind.MAINTENANCE) is None
    assert active([freeze], "shop", at, kind=WindowKind.FREEZE) is freeze


def test_of_several_windows_the_one_that_ends_last_is_named() -> None:
    longer = window(Recurrence(rule=SUNDAY_NIGHTS.rule, lasts=5 * HOUR, tz="Europe/Berlin"))
    assert active([window(), longer], "shop", berlin(2026, 3, 1, 3)) is longer


def test_next_starts_come_soonest_first_and_leave_out_what_is_over() -> None:
    over = window(Recurrence(first=local(2020, 1, 1), lasts=HOUR, tz="UTC"))
    daily = window(Recurrence(rule="FREQ=DAILY;BYHOUR=5", lasts=HOUR, tz="UTC"))
    found = next_starts([window(), over, daily], utc(2026, 3, 4, 6))  # a Wednesday
    assert [span.begins for span, _ in found] == [utc(2026, 3, 5, 5), utc(2026, 3, 8, 1)]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY;BYDAY=XX", "day"),
        ("FREQ=MINUTELY", "FREQ must be"),
        ("BYDAY=SU", "FREQ must be"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", "INTERVAL counts from a first day"),
        ("FREQ=DAILY;COUNT=3", "COUNT counts from a first day"),
        ("FREQ=WEEKLY", "weekly rule without BYDAY"),
        ("FREQ=DAILY;BYHOUR=99", "hour must be"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no such day"),
        ("nonsense", "FREQ must be"),
        ("FREQ=DAILY\nEXDATE:20260101", "one line"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"(?i).*{words}"):
        check_recurrence(Recurrence(rule=rule, lasts=HOUR, tz="UTC"))


@given(st.datetimes(local(2026, 1, 1), local(2027, 12, 31), timezones=st.just(UTC)))
def test_the_next_start_is_the_first_instant_in_force_that_was_not_before(at: datetime) -> None:
    span = next_start(window(), at)
    assert span is not None
    assert span.begins > at
    assert occurrence_at(window(), span.begins) == span
    before = occurrence_at(window(), span.begins - timedelta(microseconds=1))
    assert before is None
    assert span.begins - at <= timedelta(days=7, hours=1)
