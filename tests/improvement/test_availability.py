"""A service's availability is the worst of its monitors at each instant; what nobody saw is not counted up."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvement.availability import Stretch, of_service
from tests.clock import START
from watchdesk.health import BADNESS, Health

OK, WARNING, CRITICAL, UNKNOWN = Health.OK, Health.WARNING, Health.CRITICAL, Health.UNKNOWN


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def row(*parts: tuple[float, float, Health]) -> list[Stretch]:
    return [Stretch(start=at(a), end=at(b), health=h) for a, b, h in parts]


def test_a_hand_computed_hour() -> None:
    """Web: ok 0-20, critical 20-26, ok 26-60. Database: ok 0-40, unknown 40-50, warning 50-60.
    Worst: ok 0-20, critical 20-26, ok 26-40, unknown 40-50, warning 50-60.
    ok 34 min, warning 10, critical 6, unknown 10; availability 44 / 50 = 0.88; unknown 10 / 60.
    """
    web = row((0, 20, OK), (20, 26, CRITICAL), (26, 60, OK))
    database = row((0, 40, OK), (40, 50, UNKNOWN), (50, 60, WARNING))
    found = of_service([web, database], at(0), at(60))
    assert (found.ok_s, found.warning_s, found.critical_s, found.unknown_s) == (2040, 600, 360, 600)
    assert found.ratio == pytest.approx(0.88)
    assert found.unknown_ratio == pytest.approx(1 / 6)
    assert [s.health for s in found.stretches] == [OK, CRITICAL, OK, UNKNOWN, WARNING]


def test_time_before_the_first_look_is_unmeasured() -> None:
    found = of_service([row((30, 60, OK))], at(0), at(60))
    assert (found.unmeasured_s, found.ratio, found.unknown_ratio) == (1800, 1.0, 0.5)


def test_a_service_without_monitors_has_no_availability() -> None:
    found = of_service([], at(0), at(60))
    assert (found.ratio, found.unknown_ratio) == (None, 1.0)


def test_a_monitor_that_was_not_looking_does_not_hide_one_that_was() -> None:
    assert of_service([row((0, 60, OK)), row((30, 60, OK))], at(0), at(60)).unmeasured_s == 0


HEALTHS = st.sampled_from([None, *Health])


@given(st.lists(st.lists(HEALTHS, min_size=10, max_size=10), max_size=4))
def test_it_equals_a_minute_by_minute_count(monitors: list[list[Health | None]]) -> None:
    rows = [
        [Stretch(start=at(m), end=at(m + 1), health=h) for m, h in enumerate(minutes) if h is not None]
        for minutes in monitors
    ]
    found = of_service(rows, at(0), at(10))
    worst = [
        max((h for m in monitors if (h := m[i]) is not None), key=lambda h: BADNESS[h], default=None) for i in range(10)
    ]
    counted: dict[Health | None, float] = {h: 60.0 * worst.count(h) for h in (*Health, None)}
    assert (found.ok_s, found.warning_s, found.critical_s, found.unknown_s, found.unmeasured_s) == (
        counted[OK],
        counted[WARNING],
        counted[CRITICAL],
        counted[UNKNOWN],
        counted[None],
    )
