"""Deadlines of heartbeats: periods, cron in a time zone, both nights of a clock change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.heartbeats import Ping, Rhythm, expected, next_due

BERLIN = ZoneInfo("Europe/Berlin")
INSTANTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001  hypothesis wants naive bounds and adds the zone
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_a_period_counts_from_the_last_ping() -> None:
    awaited = expected(
        Rhythm(period=timedelta(hours=1), grace=timedelta(minutes=5)), Ping(at=utc("2026-03-02T09:00+00:00"))
    )
    assert (awaited.due, awaited.deadline) == (utc("2026-03-02T10:00+00:00"), utc("2026-03-02T10:05+00:00"))


def test_cron_is_read_in_its_time_zone() -> None:
    rhythm = Rhythm(cron="15 2 * * *", tz="Europe/Berlin")
    assert next_due(rhythm, utc("2026-01-10T12:00+00:00")) == utc("2026-01-11T01:15+00:00")
    assert next_due(rhythm, utc("2026-07-10T12:00+00:00")) == utc("2026-07-11T00:15+00:00")


@pytest.mark.parametrize(
    ("after", "due"),
    [
        # In the night of 2026-03-29 Berlin's clocks go from 02:00 to 03:00: 02:15 does not exist that day. Debian's
        # cron runs such a job right after the change, at 03:00 local, 01:00 UTC.
        ("2026-03-28T12:00+01:00", "2026-03-29T01:00+00:00"),
        # In the night of 2026-10-25 they go from 03:00 back to 02:00: 02:15 comes twice, and the job runs once, at the
        # first, 00:15 UTC; the next is on the 26th at 02:15 +01:00.
        ("2026-10-24T12:00+02:00", "2026-10-25T00:15+00:00"),
        ("2026-10-25T02:15+02:00", "2026-10-26T01:15+00:00"),
    ],
)
def test_the_nights_of_a_clock_change_neither_lose_nor_invent_a_deadline(after: str, due: str) -> None:
    assert next_due(Rhythm(cron="15 2 * * *", tz="Europe/Berlin"), utc(after)) == utc(due)


def test_the_grace_is_added_to_the_instant_and_not_to_the_wall_clock() -> None:
    # due 2026-03-29 01:30 +01:00, half an hour before the clocks go forward; two hours later it is 04:30 local
    rhythm = Rhythm(cron="30 1 * * *", tz="Europe/Berlin", grace=timedelta(hours=2))
    deadline = expected(rhythm, Ping(at=utc("2026-03-28T12:00+01:00"))).deadline
    assert deadline == utc("2026-03-29T02:30+00:00")
    assert deadline.astimezone(BERLIN).strftime("%H:%M") == "04:30"


def test_an_hourly_job_is_due_every_hour_of_a_day_with_25() -> None:
    rhythm = Rhythm(cron="0 * * * *", tz="Europe/Berlin")
    at, count = utc("2026-10-25T00:00+02:00"), 0
    while (at := next_due(rhythm, at)) <= utc("2026-10-26T00:00+01:00"):
        count += 1
    assert count == 25


def test_a_started_job_must_end_within_the_grace_of_its_start() -> None:
    rhythm = Rhythm(period=timedelta(days=1), grace=timedelta(minutes=45))
    ping = Ping(at=utc("2026-03-01T02:00+00:00"), started_at=utc("2026-03-01T12:00+00:00"))
    assert expected(rhythm, ping).deadline == utc("2026-03-01T12:45+00:00")


def test_a_job_that_has_only_started_is_expected_to_end() -> None:
    rhythm = Rhythm(period=timedelta(days=1), grace=timedelta(minutes=45))
    ping = Ping(at=None, started_at=utc("2026-03-01T12:00+00:00"))
    assert expected(rhythm, ping).deadline == utc("2026-03-01T12:45+00:00")


def test_a_start_does_not_push_an_earlier_deadline_away() -> None:
    rhythm = Rhythm(period=timedelta(hours=1), grace=timedelta(minutes=5))
    ping = Ping(at=utc("2026-03-01T08:00+00:00"), started_at=utc("2026-03-01T09:04+00:00"))
    assert expected(rhythm, ping).deadline == utc("2026-03-01T09:05+00:00")


def test_a_rhythm_has_exactly_one_of_period_and_cron() -> None:
    for period, cron in ((None, None), (timedelta(hours=1), "* * * * *")):
        with pytest.raises(ValueError, match="either a period or a cron"):
            Rhythm(period=period, cron=cron)


@given(INSTANTS, st.sampled_from(["15 2 * * *", "*/7 * * * *", "0 9 * * MON-FRI", "30 1 L * *"]))
def test_what_is_due_lies_ahead_and_later_pings_never_make_it_earlier(after: datetime, cron: str) -> None:
    rhythm = Rhythm(cron=cron, tz="Europe/Berlin")
    due = next_due(rhythm, after)
    assert after < due
    assert next_due(rhythm, after + timedelta(hours=1)) >= due
