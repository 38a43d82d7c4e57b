"""Who may start, and that hanging targets cannot take all places."""

from hypothesis import given
from hypothesis import strategies as st

from monitors.engine.places import Places
from monitors.monitor import Monitor
from tests.monitors.probes.looking import monitor_of

MONITORS = [monitor_of("file", "/", name=str(number)) for number in range(12)]


def taken(places: Places) -> list[str]:
    """Everybody who may start now."""
    found: list[Monitor] = []
    while (monitor := places.take()) is not None:
        found.append(monitor)
    return [monitor.id for monitor in found]


def places_where_hung(limit: int, *names: int) -> Places:
    """Places that know that these monitors hung last time."""
    places = Places(limit)
    for name in names:
        places.queue(MONITORS[name])
        assert places.take() is not None
        places.leave(str(name), has_hung=True)
    return places


def test_no_more_than_the_limit_start_and_in_their_order() -> None:
    places = Places(2)
    for monitor in MONITORS[:3]:
        places.queue(monitor)
    assert taken(places) == ["0", "1"]
    places.leave("1", has_hung=False)
    assert taken(places) == ["2"]


def test_who_hung_last_time_starts_first() -> None:
    places = places_where_hung(4, 7)
    for number in (1, 2, 7):
        places.queue(MONITORS[number])
    assert taken(places)[0] == "7"


def test_who_hung_last_time_never_holds_more_than_half() -> None:
    places = places_where_hung(4, 5, 6, 7, 8)
    for number in (5, 6, 7, 8, 1, 2, 3):
        places.queue(MONITORS[number])
    assert taken(places) == ["5", "6", "1", "2"]
    places.leave("1", has_hung=False)
    assert taken(places) == ["3"]
    places.leave("5", has_hung=True)
    assert taken(places) == ["7"]


def test_one_good_answer_and_a_monitor_is_like_any_other() -> None:
    places = places_where_hung(4, 7)
    places.queue(MONITORS[7])
    taken(places)
    places.leave("7", has_hung=False)
    for number in (1, 7):
        places.queue(MONITORS[number])
    assert taken(places) == ["1", "7"]


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=60))
def test_whoever_is_queued_starts_once_and_nobody_is_forgotten(limit: int, visits: list[tuple[int, bool]]) -> None:
    places, running, started = Places(limit), [], []
    for number, has_hung in visits:
        places.queue(MONITORS[number])
        while (monitor := places.take()) is not None:
            running.append((monitor.id, has_hung))
            started.append(monitor.id)
        assert len(running) <= limit
        if running:
            name, hung = running.pop(0)
            places.leave(name, has_hung=hung)
    while running:
        name, hung = running.pop(0)
        places.leave(name, has_hung=hung)
        while (monitor := places.take()) is not None:
            running.append((monitor.id, False))
            started.append(monitor.id)
    assert sorted(started) == sorted(str(number) for number, _ in visits)
