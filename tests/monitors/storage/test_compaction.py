"""Results are read once each, wherever compaction has brought them; no step of it loses or doubles any."""

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from monitors import queries
from monitors.housekeeping import tidy
from monitors.queries import LastResults
from monitors.storage.compaction import compact
from monitors.tables import BlockRow, HourBlockRow, SweepJournalRow
from tests.monitors.storage.watching import START, YEARS, Seen, append, instant, tidy_all
from watchdesk.database import Database
from watchdesk.health import Health

ALL = (START - timedelta(days=3), START + timedelta(days=40))
DAY_S = 86_400
on_one_database = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def everything(database: Database) -> dict[str, LastResults]:
    with database.reading() as session:
        return queries.results_between(session, *ALL)


def rows_in(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()


def regular(monitor: str, count: int, every_s: float = 60, offset_s: float = 0.37) -> list[Seen]:
    return [(monitor, offset_s + beat * every_s, Health.OK, 0.010) for beat in range(count)]


def as_model(seen: list[Seen]) -> dict[str, list[tuple[float, Health]]]:
    first: dict[tuple[str, float], Health] = {}
    for monitor, at, health, _ in seen:
        first.setdefault((monitor, at), health)
    found: dict[str, list[tuple[float, Health]]] = {}
    for (monitor, at), health in sorted(first.items(), key=lambda entry: entry[0]):
        found.setdefault(monitor, []).append((at, health))
    return found


def assert_holds(database: Database, model: dict[str, list[tuple[float, Health]]]) -> None:
    found = everything(database)
    assert {name: list(results.health) for name, results in found.items()} == {
        name: [health for _, health in rows] for name, rows in model.items()
    }
    for name, rows in model.items():
        for (expected, _), at in zip(rows, found[name].at, strict=True):
            assert abs(START.timestamp() + expected - at) <= 0.501


def test_a_flush_is_one_row(database: Database) -> None:
    append(database, [(f"m{number}", 1.0, Health.OK, None) for number in range(300)])
    assert rows_in(database, SweepJournalRow) == 1


def test_the_journal_becomes_hours_and_hours_become_one_block_a_monitor_and_day(database: Database) -> None:
    append(database, [*regular("a", 600), *regular("b", 600)])  # ten hours, one day
    tidy_all(database, instant(11 * 3600))
    assert (rows_in(database, SweepJournalRow), rows_in(database, HourBlockRow)) == (0, 10)
    tidy_all(database, instant(2 * DAY_S))
    assert (rows_in(database, HourBlockRow), rows_in(database, BlockRow)) == (0, 2)


def test_the_hour_that_is_not_over_stays_in_the_journal(database: Database) -> None:
    for seen in regular("a", 90):
        append(database, [seen])
    tidy_all(database, instant(90 * 60))
    assert (rows_in(database, SweepJournalRow), rows_in(database, HourBlockRow)) == (30, 1)


def test_a_day_that_is_over_only_just_waits_for_late_results(database: Database) -> None:
    append(database, regular("a", 60))
    midnight = 15 * 3600
    tidy_all(database, instant(midnight + 1800))
    assert rows_in(database, BlockRow) == 0
    tidy_all(database, instant(midnight + 3600))
    assert rows_in(database, BlockRow) == 1


def test_results_on_both_sides_of_midnight_stay_on_their_day(database: Database) -> None:
    midnight = 15 * 3600
    seen: list[Seen] = [("a", midnight + at, Health.OK, None) for at in (-0.001, 0.0, 59.9, 60.0)]
    append(database, seen)
    tidy_all(database, instant(3 * DAY_S))
    assert rows_in(database, BlockRow) == 2
    with database.reading() as session:
        before = queries.samples_between(session, "a", START, instant(midnight))
        after = queries.samples_between(session, "a", instant(midnight), instant(midnight + 100))
    assert (len(before), len(after)) == (1, 3)


def test_one_single_result_survives(database: Database) -> None:
    append(database, [("a", 5.123, Health.CRITICAL, 1.5)])
    tidy_all(database, instant(3 * DAY_S))
    with database.reading() as session:
        sample = queries.recent_samples(session, "a", 10)[0]
    assert (sample.at, sample.health) == (instant(5.123), Health.CRITICAL)
    assert sample.latency_s == pytest.approx(1.5, rel=0.0101)


def test_compaction_of_nothing_is_nothing(database: Database) -> None:
    assert tidy_all(database, instant(DAY_S)) == 1


def test_a_late_result_joins_the_day_that_is_packed_already(database: Database) -> None:
    append(database, regular("a", 600))
    tidy_all(database, instant(2 * DAY_S))
    late: list[Seen] = [("a", 90.0, Health.CRITICAL, None)]
    append(database, late)
    assert_holds(database, as_model([*regular("a", 600), *late]))
    tidy_all(database, instant(3 * DAY_S))
    assert_holds(database, as_model([*regular("a", 600), *late]))


def test_a_result_that_is_told_again_after_its_day_was_packed_counts_once(database: Database) -> None:
    jittery: list[Seen] = [("a", beat * 60 + beat * 37 % 101 / 1000, Health.OK, 0.01) for beat in range(600)]
    append(database, jittery)
    tidy_all(database, instant(2 * DAY_S))
    append(database, jittery[100:110])
    assert_holds(database, as_model(jittery))
    tidy_all(database, instant(3 * DAY_S))
    assert_holds(database, as_model(jittery))
    with database.reading() as session:
        assert sum(day.ok for day in queries.daily(session, *ALL)) == 600


def test_a_result_that_is_told_again_after_its_hour_was_packed_is_counted_once(database: Database) -> None:
    append(database, regular("a", 60))
    tidy_all(database, instant(2 * 3600))
    append(database, regular("a", 61))
    tidy_all(database, instant(3 * 3600))
    with database.reading() as session:
        assert [day.ok for day in queries.daily(session, *ALL)] == [61]


steps = st.one_of(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]),
            st.integers(0, 3 * DAY_S // 500).map(lambda beat: beat * 500.0),
            st.sampled_from(Health),
            st.none() | st.floats(0.001, 5),
        ),
        min_size=1,
        max_size=20,
    ),
    st.integers(0, 5 * DAY_S),
)


@on_one_database
@given(st.lists(steps, min_size=1, max_size=12))
def test_late_and_doubled_results_are_read_once_after_any_order_of_flushes_and_compactions(
    database: Database, done: list[list[Seen] | int]
) -> None:
    with database.writing() as session:
        for table in ("sweep_journal", "hour_block", "block", "rollup_day"):
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608  names written here
    told: dict[tuple[str, float], Seen] = {}
    for step in done:
        if isinstance(step, int):
            tidy_all(database, instant(step))
            continue
        # The same instant told again says the same: a monitor has one result at a time.
        flush = [told.setdefault(seen[:2], seen) for seen in step]
        append(database, flush)
        assert_holds(database, as_model(list(told.values())))
    tidy_all(database, instant(10 * DAY_S))
    assert_holds(database, as_model(list(told.values())))
    with database.reading() as session:
        figures = queries.daily(session, *ALL)
    counted = {health: sum(getattr(day, health.value) for day in figures) for health in Health}
    assert counted == {health: sum(seen[2] is health for seen in told.values()) for health in Health}


class PowerCut(Exception):
    """The process ends before the transaction does."""


def compact_and_break_off(database: Database) -> None:
    with database.writing() as session:
        compact(session, instant(2 * DAY_S))
        raise PowerCut


def test_a_step_that_breaks_off_leaves_everything_as_it_was(database: Database) -> None:
    append(database, regular("a", 600))
    with pytest.raises(PowerCut):
        compact_and_break_off(database)
    assert (rows_in(database, SweepJournalRow), rows_in(database, HourBlockRow)) == (1, 0)
    tidy_all(database, instant(2 * DAY_S))
    assert_holds(database, as_model(regular("a", 600)))


def test_a_reader_beside_a_compaction_sees_each_result_once(database: Database) -> None:
    names = [f"m{number}" for number in range(5)]
    for hour in range(24):
        append(database, [(name, hour * 3600 + beat * 300.0, Health.OK, None) for name in names for beat in range(12)])
    done = threading.Event()
    sizes: set[int] = set()
    errors: list[Exception] = []

    def read_on() -> None:
        try:
            while not done.is_set():
                sizes.update(len(results.at) for results in everything(database).values())
        except Exception as error:  # noqa: BLE001  shown by the test
            errors.append(error)

    reader = threading.Thread(target=read_on)
    reader.start()
    try:
        tidy_all(database, instant(3 * DAY_S))
    finally:
        done.set()
        reader.join()
    assert (errors, sizes | {len(results.at) for results in everything(database).values()}) == ([], {288})


def test_two_compactions_at_once_lose_and_double_nothing(database: Database) -> None:
    for flush in range(48):
        append(database, [("a", flush * 1800 + beat * 60.0, Health.OK, None) for beat in range(30)])
    errors: list[Exception] = []

    def work() -> None:
        try:
            tidy_all(database, instant(3 * DAY_S))
        except Exception as error:  # noqa: BLE001  shown by the test
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert len(everything(database)["a"].at) == 48 * 30
    with database.reading() as session:
        assert sum(day.ok for day in queries.daily(session, *ALL)) == 48 * 30


def test_what_is_older_than_wanted_goes_and_the_rest_stays(database: Database) -> None:
    append(database, regular("a", 3 * 24, every_s=3600))
    tidy_all(database, instant(5 * DAY_S))
    tidy_all(database, instant(5 * DAY_S), keep=timedelta(days=3))  # before Wednesday 9:00
    found = everything(database)["a"]
    assert min(found.at) >= (START + timedelta(hours=39)).timestamp()
    assert max(found.at) > (START + timedelta(hours=70)).timestamp()
    with database.reading() as session:
        assert len(queries.daily(session, *ALL)) == 2


def test_a_tidy_step_says_whether_more_is_left(database: Database) -> None:
    append(database, regular("a", 60))
    answers = []
    for _ in range(3):
        with database.writing() as session:
            answers.append(tidy(session, instant(3 * DAY_S), YEARS))
    assert answers == [True, True, False]
