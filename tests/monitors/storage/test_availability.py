"""Availability, outages and percentiles agree with what a naive look at every sample gives."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from monitors import pauses, queries
from monitors.pauses import Pause
from monitors.queries import Availability, Seconds
from tests.monitors.storage.watching import append, instant, tidy_all, watch
from watchdesk.database import Database
from watchdesk.health import Health

DAY_S = 86_400
STANDS_S = 130
Sampled = tuple[float, Health, str]
Interval = tuple[int, int]
on_one_database = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ok(*at: float) -> list[Sampled]:
    return [(second, Health.OK, "200") for second in at]


def critical(*at: float) -> list[Sampled]:
    return [(second, Health.CRITICAL, "connection refused") for second in at]


def available(database: Database, since: float, until: float, monitor: str = "web") -> Availability:
    with database.reading() as session:
        return queries.availability(session, instant(since), instant(until), [monitor])[monitor]


def test_a_monitor_that_was_never_checked_is_unmeasured_not_good(database: Database) -> None:
    watch(database, "web", [], STANDS_S)
    found = available(database, 0, 3600)
    assert found == Availability(unmeasured_s=3600)
    assert (found.available_ratio, found.unknown_ratio) == (None, 1.0)


def test_one_sample_speaks_as_long_as_its_rhythm_allows_and_no_longer(database: Database) -> None:
    watch(database, "web", ok(600), STANDS_S)
    assert available(database, 0, 3600) == Availability(ok_s=130, unmeasured_s=3470)


def test_a_monitor_whose_rhythm_was_never_told_is_good_up_to_its_last_sample(database: Database) -> None:
    watch(database, "web", ok(0, 60, 120), STANDS_S)
    with database.writing() as session:
        session.execute(text("UPDATE monitor_number SET stands_s = NULL"))
    assert available(database, 0, 3600) == Availability(ok_s=120, unmeasured_s=3480)


def test_a_dead_watch_shows_as_unmeasured_while_it_is_dead_and_after(database: Database) -> None:
    watch(database, "web", ok(0, 60), STANDS_S)
    assert available(database, 0, 1000) == Availability(ok_s=190, unmeasured_s=810)
    watch(database, "web", ok(1000, 1060), STANDS_S)
    assert available(database, 0, 1060) == Availability(ok_s=250, unmeasured_s=810)


def test_unknown_is_neither_good_nor_bad(database: Database) -> None:
    watch(database, "web", [*ok(0, 60), (120, Health.UNKNOWN, "not JSON"), *ok(180)], STANDS_S)
    found = available(database, 0, 240)
    assert found == Availability(ok_s=180, unknown_s=60)
    assert (found.available_ratio, found.unknown_ratio) == (1.0, 0.25)


def test_by_hand_an_hour_with_six_minutes_of_outage_and_warning_is_ninety_percent(database: Database) -> None:
    beats = [float(second) for second in range(0, 3600, 60)]
    samples = [
        (at, Health.CRITICAL if 600 <= at < 960 else Health.WARNING if 960 <= at < 1200 else Health.OK, "")
        for at in beats
    ]
    watch(database, "web", samples, STANDS_S)
    found = available(database, 0, 3600)
    # 60 minutes: 6 critical, 4 warning, 50 ok; good are ok and warning: 54 / 60.
    assert found == Availability(ok_s=3000, warning_s=240, critical_s=360, outages=1)
    assert found.available_ratio == pytest.approx(0.9)


def test_an_empty_window_is_empty(database: Database) -> None:
    watch(database, "web", ok(0), STANDS_S)
    assert available(database, 10, 10) == Availability()


def test_without_names_every_monitor_is_told_of(database: Database) -> None:
    watch(database, "a", ok(0), STANDS_S)
    watch(database, "b", [], STANDS_S)
    with database.reading() as session:
        assert set(queries.availability(session, instant(0), instant(60))) == {"a", "b"}


def test_paused_and_maintained_time_is_told_apart_and_leaves_the_denominator(database: Database) -> None:
    watch(database, "web", [*ok(0, 60), *critical(120, 180), *ok(240)], STANDS_S)
    with database.writing() as session:
        pauses.pause(
            session, Pause(monitor="web", since=instant(100), until=instant(150), because="disk swap", who="kim")
        )
    maintenance = {"web": [(instant(140), instant(180)), (instant(-50), instant(10))]}
    with database.reading() as session:
        found = queries.availability(session, instant(0), instant(300), ["web"], maintenance)["web"]
    # Planned: 0-10 and 100-180. Of it 10 s + 20 s were ok, 60 s critical.
    assert found.planned == Seconds(ok_s=30, critical_s=60)
    assert found.unplanned == Seconds(ok_s=150, critical_s=60)
    assert (found.ok_s, found.critical_s) == (180, 120)


@st.composite
def histories(draw: st.DrawFn) -> list[Sampled]:
    """Samples at whole seconds, with gaps that a result bridges and gaps that it does not."""
    at, samples = draw(st.integers(0, 200)), []
    for gap in draw(st.lists(st.sampled_from([1, 60, 130, 131, 700, 50_000]), max_size=25)):
        samples.append((float(at), draw(st.sampled_from(Health)), f"seen at {at}"))
        at += gap
    return samples


def naive(samples: Sequence[Sampled], since: int, until: int) -> dict[str, float]:
    """Sample by sample: each speaks until the next one, at most as long as it stands."""
    seconds = dict.fromkeys(["ok_s", "warning_s", "critical_s", "unknown_s", "unmeasured_s"], 0.0)
    for (at, health, _), next_at in zip(samples, [*(later for later, *_ in samples[1:]), float("inf")], strict=False):
        end = min(next_at, at + STANDS_S, until)
        seconds[f"{health.value}_s"] += max(0.0, end - max(at, since))
    seconds["unmeasured_s"] = until - since - sum(seconds.values())
    return seconds


windows = st.tuples(st.integers(-100, 100_000), st.integers(0, 200_000)).map(lambda pair: (pair[0], sum(pair)))


def forget_everything(database: Database) -> None:
    with database.writing() as session:
        for table in ("span", "monitor_state", "monitor_pause"):
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608  names written here


@on_one_database
@given(histories(), windows)
def test_availability_from_spans_is_that_of_a_look_at_every_sample(
    database: Database, samples: list[Sampled], window: Interval
) -> None:
    forget_everything(database)
    watch(database, "web", samples, STANDS_S)
    found = available(database, *window)
    assert {name: getattr(found, name) for name in naive(samples, *window)} == naive(samples, *window)


@on_one_database
@given(histories(), windows, st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 2000)), max_size=4))
def test_planned_and_unplanned_time_add_up_to_the_window(
    database: Database, samples: list[Sampled], window: Interval, planned: list[Interval]
) -> None:
    forget_everything(database)
    watch(database, "web", samples, STANDS_S)
    intervals = [(instant(start), instant(start + length)) for start, length in planned]
    with database.reading() as session:
        found = queries.availability(session, instant(window[0]), instant(window[1]), ["web"], {"web": intervals})
    seconds = {s for start, length in planned for s in range(max(start, window[0]), min(start + length, window[1]))}
    assert found["web"].planned.total_s == len(seconds)
    assert found["web"].planned.total_s + found["web"].unplanned.total_s == window[1] - window[0]
    assert min(getattr(found["web"].unplanned, name) for name in Seconds.__slots__) >= 0


def naive_outages(samples: Sequence[Sampled]) -> list[tuple[float, float | None]]:
    """From a critical sample to the next ok or warning one."""
    found: list[tuple[float, float | None]] = []
    is_down = False
    for at, health, _ in samples:
        if health is Health.CRITICAL and not is_down:
            found.append((at, None))
            is_down = True
        elif health in {Health.OK, Health.WARNING} and is_down:
            found[-1] = (found[-1][0], at)
            is_down = False
    return found


@on_one_database
@given(histories())
def test_outages_are_those_of_a_look_at_every_sample(database: Database, samples: list[Sampled]) -> None:
    forget_everything(database)
    watch(database, "web", samples, STANDS_S)
    with database.reading() as session:
        found = queries.outages(session, instant(-1), instant(10**7), ["web"])
    assert [
        ((outage.start - instant(0)).total_seconds(), outage.end and (outage.end - instant(0)).total_seconds())
        for outage in found
    ] == naive_outages(samples)


@on_one_database
@given(histories(), windows)
def test_as_many_outages_are_counted_as_are_listed(
    database: Database, samples: list[Sampled], window: Interval
) -> None:
    forget_everything(database)
    watch(database, "web", samples, STANDS_S)
    with database.reading() as session:
        listed = queries.outages(session, instant(window[0]), instant(window[1]), ["web"])
    assert available(database, *window).outages == len(listed)


def test_an_outage_says_when_it_began_what_was_seen_and_how_long_it_was_seen(database: Database) -> None:
    watch(database, "web", [*ok(0), *critical(60, 120), (180, Health.UNKNOWN, "?"), *critical(240), *ok(300)], STANDS_S)
    with database.reading() as session:
        (outage,) = queries.outages(session, instant(0), instant(3600))
    assert (outage.monitor, outage.start, outage.end) == ("web", instant(60), instant(300))
    assert (outage.worst, outage.summary, outage.bad_s) == (Health.CRITICAL, "connection refused", 180)


def test_an_outage_that_goes_on_has_no_end(database: Database) -> None:
    watch(database, "web", [*ok(0), *critical(60, 120)], STANDS_S)
    with database.reading() as session:
        (outage,) = queries.outages(session, instant(0), instant(3600))
    assert (outage.end, outage.bad_s) == (None, 190)


def test_an_outage_that_reaches_beyond_the_window_is_told_uncut(database: Database) -> None:
    watch(database, "web", [*ok(0), *critical(60, 120, 180, 240), *ok(300)], STANDS_S)
    with database.reading() as session:
        (outage,) = queries.outages(session, instant(130), instant(170))
    assert (outage.start, outage.end) == (instant(60), instant(300))


def test_with_warning_as_the_level_an_outage_tells_its_worst(database: Database) -> None:
    watch(database, "web", [*ok(0), (60, Health.WARNING, "slow"), *critical(120), *ok(180)], STANDS_S)
    with database.reading() as session:
        (outage,) = queries.outages(session, instant(0), instant(3600), level=Health.WARNING)
    assert (outage.start, outage.end, outage.worst, outage.summary) == (
        instant(60),
        instant(180),
        Health.CRITICAL,
        "slow",
    )


@pytest.mark.parametrize("is_packed", [False, True])
def test_percentiles_are_right_to_a_class_over_days_and_edges(database: Database, *, is_packed: bool) -> None:
    seen = [("web", beat * 600.0, Health.OK, 0.010 if beat % 20 else 2.0) for beat in range(6 * 24 * 4)]
    append(database, [*seen, ("idle", 5.0, Health.UNKNOWN, None)])
    if is_packed:
        tidy_all(database, instant(6 * DAY_S))
    with database.reading() as session:
        found = queries.latency_percentiles(session, instant(3600), instant(3 * DAY_S), ratios=(0.5, 0.99))
    assert set(found) == {"web"}
    assert found["web"].results == (3 * DAY_S - 3600) // 600
    median, slowest = found["web"].seconds
    assert 0.010 / 1.8 <= median <= 0.010 * 1.8
    assert 2.0 / 1.8 <= slowest <= 2.0 * 1.8


def test_percentiles_of_a_short_window_come_from_its_results(database: Database) -> None:
    append(database, [("web", 60.0 * beat, Health.OK, 0.1 * (1 + beat)) for beat in range(60)])
    with database.reading() as session:
        found = queries.latency_percentiles(session, instant(0), instant(300), ["web"])
    assert found["web"].results == 5


def test_changes_are_counted_by_monitor(database: Database) -> None:
    watch(database, "web", [*ok(0), *critical(60), *ok(120)], STANDS_S)
    with database.reading() as session:
        assert queries.change_counts(session, instant(0), instant(100)) == {"web": 2}


def test_pauses_end_when_planned_or_resumed(database: Database) -> None:
    wanted = Pause(monitor="web", since=instant(0), until=instant(600), because="disk swap", who="kim")
    with database.writing() as session:
        pauses.pause(session, wanted)
        pauses.pause(session, Pause(monitor="db", since=instant(0), until=None, because="moving", who="lee"))
    with database.reading() as session:
        assert [pause.monitor for pause in pauses.active(session, instant(10))] == ["db", "web"]
        assert [pause.monitor for pause in pauses.active(session, instant(600))] == ["db"]
    with database.writing() as session:
        pauses.resume(session, "db", "lee", instant(700))
    with database.reading() as session:
        assert pauses.active(session, instant(701)) == ()
        assert pauses.between(session, instant(0), instant(1) + timedelta(days=1))[0].end == instant(700)
