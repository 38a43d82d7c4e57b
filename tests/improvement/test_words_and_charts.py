"""Numbers in words never flatter, and charts stay inside their frames."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvement.availability import Stretch
from improvement.charts import stacked, strip, timeline
from improvement.words import percent, spoken
from tests.clock import START
from watchdesk.health import Health


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0.85, "850 ms"),
        (38, "38 s"),
        (90, "2 min"),
        (3600, "1 h"),
        (15120, "4 h 12 min"),
        (200000, "2 d 7 h"),
    ],
)
def test_durations_in_words(seconds: float | None, words: str) -> None:
    assert spoken(seconds) == words


def test_a_loss_is_never_rounded_away() -> None:
    assert percent(0.9999999) == "99.99 %"
    assert percent(1.0) == "100.00 %"
    assert percent(None) == "–"


def test_a_short_outage_stays_visible_and_on_top() -> None:
    day = timedelta(days=1)
    outage = Stretch(start=START, end=START + timedelta(seconds=1), health=Health.CRITICAL)
    rest = Stretch(start=START + timedelta(seconds=1), end=START + day, health=Health.OK)
    boxes = timeline([outage, rest], START, START + day, 260)
    assert boxes[-1].kind == "critical"
    assert boxes[-1].width >= 1


def test_shares_fill_the_bar() -> None:
    boxes = stacked({"succeeded": 3, "failed": 1}, 400)
    assert [(b.x, b.width) for b in boxes] == [(0, 300), (300, 100)]


def test_nothing_makes_an_empty_bar() -> None:
    assert stacked({}, 400) == []


@given(st.lists(st.floats(0, 1e7), max_size=50))
def test_every_dot_lies_on_the_axis(seconds: list[float]) -> None:
    found = strip(seconds, None, (None, None), 800)
    assert all(0 <= dot.x <= 800 for dot in found.dots)
    assert all(0 <= tick.x <= 800 for tick in found.ticks)
