"""What is asked of monitors' memory is what was put into it."""

from datetime import timedelta

import pytest

from monitors import pauses, pings, queries, requests
from monitors.heartbeats import Ping
from monitors.pauses import Pause
from monitors.pings import PingKind, Told
from monitors.storage import numbers
from monitors.storage.results import DAY_MS
from tests.monitors.storage.watching import append, instant, tidy_all, watch
from watchdesk.clock import to_epoch_ms
from watchdesk.database import Database
from watchdesk.errors import NotFound, Refused
from watchdesk.health import Health

DAY_S = 86_400


def test_samples_are_the_newest_oldest_first_each_with_the_summary_of_its_span(database: Database) -> None:
    samples = [
        (0.0, Health.OK, "200 in 31 ms"),
        (60.0, Health.OK, "200 in 35 ms"),
        (120.0, Health.CRITICAL, "connection refused"),
        (180.0, Health.CRITICAL, "connection refused"),
    ]
    watch(database, "web", samples, 130)
    with database.reading() as session:
        found = queries.recent_samples(session, "web", 3)
    assert [(sample.at, sample.health, sample.summary) for sample in found] == [
        (instant(60), Health.OK, "200 in 31 ms"),
        (instant(120), Health.CRITICAL, "connection refused"),
        (instant(180), Health.CRITICAL, "connection refused"),
    ]


def test_a_packed_sample_still_finds_the_span_that_it_began(database: Database) -> None:
    beats = [(60.4 * beat, Health.OK if beat % 7 else Health.CRITICAL) for beat in range(200)]
    watch(database, "web", [(at, health, f"said {health}") for at, health in beats], 130)
    tidy_all(database, instant(3 * DAY_S))
    with database.reading() as session:
        found = queries.samples_between(session, "web", instant(-1), instant(DAY_S))
    assert [sample.summary for sample in found] == [f"said {health}" for _, health in beats]


def test_of_a_monitor_without_samples_there_are_none(database: Database) -> None:
    with database.reading() as session:
        assert queries.recent_samples(session, "web", 5) == ()
        assert queries.samples_between(session, "web", instant(0), instant(60)) == ()
        assert queries.last_results(session, 60) == {}


@pytest.mark.parametrize("packed_at", [0, DAY_S // 2, 3 * DAY_S])
def test_last_results_are_found_wherever_they_stand_at_every_rhythm(database: Database, packed_at: int) -> None:
    append(database, [("fast", 10.0 * beat, Health.OK, 0.01) for beat in range(500)])
    append(database, [("slow", 900.0 * beat, Health.WARNING, None) for beat in range(90)])
    append(database, [("once", 3.0, Health.CRITICAL, None)])
    tidy_all(database, instant(packed_at))
    with database.reading() as session:
        found = queries.last_results(session, 60)
    assert {name: len(results.at) for name, results in found.items()} == {"fast": 60, "slow": 60, "once": 1}
    assert found["fast"].at[-1] == pytest.approx(instant(4990).timestamp(), abs=0.5)
    assert found["slow"].at[0] == pytest.approx(instant(900 * 30).timestamp(), abs=0.5)
    assert (found["slow"].latency_s[0], set(found["slow"].health)) == (None, {Health.WARNING})


def test_last_results_are_only_of_the_named_monitors(database: Database) -> None:
    append(database, [("a", 0.0, Health.OK, None), ("b", 0.0, Health.OK, None)])
    with database.reading() as session:
        assert set(queries.last_results(session, 5, ["b", "gone"])) == {"b"}


def test_a_days_figures_count_every_verdict(database: Database) -> None:
    append(
        database,
        [("web", 60.0 * beat, health, 0.5) for beat, health in enumerate([Health.OK, Health.OK, Health.UNKNOWN])],
    )
    append(database, [("web", 300.0, Health.CRITICAL, 2.0)])
    tidy_all(database, instant(3 * DAY_S))
    with database.reading() as session:
        (day,) = queries.daily(session, instant(0), instant(60))
    assert (day.monitor, day.ok, day.warning, day.critical, day.unknown) == ("web", 2, 0, 1, 1)
    assert day.latency_sum_s == pytest.approx(3.5, rel=0.011)
    assert day.latency_max_s == pytest.approx(2.0, rel=0.011)
    assert day.day == instant(0).date()


def test_a_number_is_given_once_and_for_ever(database: Database) -> None:
    with database.writing() as session:
        first = numbers.assign(session, ["b", "a"])
    with database.writing() as session:
        assert numbers.assign(session, ["c", "a", "b"]) | first == numbers.known_numbers(session)
    assert len(set(first.values())) == 2


def test_a_request_is_taken_once_however_often_it_was_made(database: Database) -> None:
    with database.writing() as session:
        requests.ask(session, "b", "a person clicked", instant(0))
        requests.ask(session, "a", "a runbook wants to know", instant(1))
        requests.ask(session, "b", "a person clicked again", instant(2))
    with database.writing() as session:
        assert requests.waiting(session)
        assert requests.take(session) == ["b", "a"]
        assert not requests.waiting(session)
        assert requests.take(session) == []


def test_a_watch_takes_only_the_requests_for_its_own_monitors(database: Database) -> None:
    with database.writing() as session:
        requests.ask(session, "a", "", instant(0))
        requests.ask(session, "b", "", instant(0))
        assert requests.waiting(session, ["b"])
        assert requests.take(session, ["b"]) == ["b"]
        assert not requests.waiting(session, ["b"])
        assert requests.waiting(session, ["a"])


def test_a_job_that_never_pinged_has_told_nothing(database: Database) -> None:
    with database.writing() as session:
        pings.expect(session, ["backup"])
        assert pings.last(session, "backup") is None
        assert pings.last(session, "other") is None


def test_a_start_an_end_and_a_failure_are_told_apart(database: Database) -> None:
    with database.writing() as session:
        pings.expect(session, ["backup"])
        pings.expect(session, ["backup"])
    seen = []
    for at, told in (
        (0, Told(kind=PingKind.STARTED)),
        (60, Told()),
        (100, Told(kind=PingKind.STARTED)),
        (130, Told(exit_code=3, text="disk full \0")),
        (200, Told(kind=PingKind.FAILED)),
        (260, None),
    ):
        with database.writing() as session:
            pings.record(session, "backup", instant(at), told)
        with database.reading() as session:
            seen.append(pings.last(session, "backup"))
    assert seen == [
        Ping(at=None, started_at=instant(0)),
        Ping(at=instant(60)),
        Ping(at=instant(60), started_at=instant(100)),
        Ping(at=instant(130), failed=True),
        Ping(at=instant(200), failed=True),
        Ping(at=instant(260)),
    ]


def test_a_ping_of_a_monitor_that_the_watch_has_not_met_yet_is_kept(database: Database) -> None:
    with database.writing() as session:
        pings.record(session, "nightly", instant(0))
        pings.expect(session, ["nightly"])
        assert pings.last(session, "nightly") == Ping(at=instant(0))


def test_a_pause_that_is_over_before_it_begins_is_refused(database: Database) -> None:
    wanted = Pause(monitor="web", since=instant(60), until=instant(0), because="swap", who="kim")
    with pytest.raises(Refused, match="is over"), database.writing() as session:
        pauses.pause(session, wanted)


def test_a_pause_without_a_reason_is_refused(database: Database) -> None:
    wanted = Pause(monitor="web", since=instant(0), until=None, because=" ", who="kim")
    with pytest.raises(Refused, match="reason"), database.writing() as session:
        pauses.pause(session, wanted)


def test_a_new_pause_replaces_the_one_that_runs(database: Database) -> None:
    with database.writing() as session:
        pauses.pause(session, Pause(monitor="web", since=instant(0), until=None, because="swap", who="kim"))
        pauses.pause(session, Pause(monitor="web", since=instant(60), until=instant(90), because="more", who="lee"))
    with database.reading() as session:
        assert [pause.because for pause in pauses.active(session, instant(70))] == ["more"]
        assert pauses.active(session, instant(90)) == ()


def test_resuming_what_is_not_paused_is_refused_by_name(database: Database) -> None:
    with pytest.raises(NotFound, match="'web'"), database.writing() as session:
        pauses.resume(session, "web", "kim", instant(0))


def test_the_sample_times_of_a_packed_day_stay_on_that_day(database: Database) -> None:
    midnight = DAY_MS - to_epoch_ms(instant(0)) % DAY_MS
    append(database, [("web", midnight / 1000 - 0.001 - 60 * beat, Health.OK, None) for beat in range(50)])
    tidy_all(database, instant(3 * DAY_S))
    with database.reading() as session:
        found = queries.samples_between(session, "web", instant(0), instant(midnight / 1000))
        later = queries.samples_between(session, "web", instant(midnight / 1000), instant(midnight / 1000 + 5))
    assert (len(found), len(later)) == (50, 0)


def test_a_year_without_results_does_not_hide_the_last_ones(database: Database) -> None:
    append(database, [("web", 0.0, Health.OK, None)])
    with database.reading() as session:
        assert len(queries.recent_samples(session, "web", 5)) == 1
    tidy_all(database, instant(0) + timedelta(days=365))
    with database.reading() as session:
        assert len(queries.recent_samples(session, "web", 5)) == 1
