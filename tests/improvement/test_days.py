"""A service day by day is the same service as over the whole time, cut at midnight."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvement.availability import Stretch, of_service
from improvement.days import days_of_service
from tests.clock import START
from watchdesk.health import Health

DAY = timedelta(days=1)
NOON = START.replace(hour=12)


def stretch(start: float, end: float, health: Health | None) -> Stretch:
    """From and to, in hours before noon."""
    return Stretch(start=NOON - timedelta(hours=start), end=NOON - timedelta(hours=end), health=health)


def test_an_outage_over_midnight_belongs_to_both_days() -> None:
    monitor = [stretch(60, 13, Health.OK), stretch(13, 10, Health.CRITICAL), stretch(10, 0, Health.OK)]
    before, yesterday, today = days_of_service({"web": monitor}, ["web"], NOON, days=3)
    assert (before.day, before.ratio, before.worst) == (NOON.replace(hour=0) - 2 * DAY, 1.0, Health.OK)
    assert (yesterday.critical_s, today.critical_s) == (3600, 7200)
    assert yesterday.ratio == pytest.approx(23 / 24)
    assert today.ratio == pytest.approx(10 / 12)


def test_a_day_without_results_is_not_a_good_day() -> None:
    days = days_of_service({}, ["web"], NOON, days=2)
    assert [(day.ratio, day.worst) for day in days] == [(None, None), (None, None)]


@st.composite
def histories(draw: st.DrawFn) -> list[Stretch]:
    borders = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=8)), reverse=True)
    healths = [draw(st.sampled_from([*Health, None])) for _ in borders]
    return [stretch(a, b, health) for a, b, health in zip(borders, borders[1:], healths, strict=False)]


@given(st.lists(histories(), max_size=3))
def test_each_day_is_what_looking_at_that_day_alone_finds(monitors: list[list[Stretch]]) -> None:
    names = [f"m{number}" for number in range(len(monitors))]
    days = days_of_service(dict(zip(names, monitors, strict=True)), names, NOON, days=4)
    for day in days:
        alone = of_service(monitors, day.day, min(day.day + DAY, NOON))
        assert day.critical_s == pytest.approx(alone.critical_s)
        assert day.ratio == pytest.approx(alone.ratio)
    assert [day.day for day in days] == [_midnight(NOON) - DAY * back for back in (3, 2, 1, 0)]


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
