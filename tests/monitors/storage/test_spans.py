"""The history of a monitor is the step function through all changes ever told."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from monitors import queries
from monitors.state import MonitorState
from monitors.storage import spans
from monitors.storage.spans import Change
from monitors.tables import SpanRow
from watchdesk.database import Database
from watchdesk.health import Health

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
on_one_database = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def at(seconds: float) -> float:
    return START.timestamp() + seconds


def change(seconds: float, health: Health | None, summary: str = "", monitor: str = "web") -> Change:
    return Change(monitor, at(seconds), health, summary)


def told(database: Database, *batches: list[Change]) -> None:
    for batch in batches:
        with database.writing() as session:
            spans.record(session, batch)


def history(database: Database, monitor: str = "web") -> list[tuple[float, float | None, Health | None, str]]:
    with database.reading() as session:
        found = queries.spans(session, monitor, START - timedelta(days=1), START + timedelta(days=1))
    return [
        (
            (span.start - START).total_seconds(),
            None if span.end is None else (span.end - START).total_seconds(),
            span.health,
            span.summary,
        )
        for span in found
    ]


def test_a_change_ends_the_span_before_it(database: Database) -> None:
    told(database, [change(0, Health.OK, "200")], [change(60, Health.CRITICAL, "connection refused")])
    assert history(database) == [(0, 60, Health.OK, "200"), (60, None, Health.CRITICAL, "connection refused")]


def test_a_change_told_twice_changes_nothing(database: Database) -> None:
    told(database, [change(0, Health.OK)], [change(60, Health.CRITICAL)])
    before = history(database)
    told(database, [change(60, Health.CRITICAL)], [change(0, Health.OK)])
    assert history(database) == before


def test_a_late_change_is_put_in_its_place(database: Database) -> None:
    told(database, [change(0, Health.OK)], [change(60, Health.CRITICAL)], [change(30, Health.WARNING)])
    assert [(start, end, health) for start, end, health, _ in history(database)] == [
        (0, 30, Health.OK),
        (30, 60, Health.WARNING),
        (60, None, Health.CRITICAL),
    ]


def test_a_change_before_all_others_begins_the_history(database: Database) -> None:
    told(database, [change(60, Health.OK)], [change(0, Health.CRITICAL)])
    assert [(start, end) for start, end, *_ in history(database)] == [(0, 60), (60, None)]


def test_time_in_which_nobody_looked_is_a_span_of_its_own(database: Database) -> None:
    told(database, [change(0, Health.OK)], [change(100, None, "no check was made"), change(500, Health.OK)])
    assert [health for _, _, health, _ in history(database)] == [Health.OK, None, Health.OK]


def test_a_storm_of_changes_is_written_in_one_go(database: Database) -> None:
    names = [f"m{number}" for number in range(2500)]
    told(database, [change(0, Health.OK, monitor=name) for name in names])
    told(database, [change(60, Health.CRITICAL, monitor=name) for name in names])
    with database.reading() as session:
        rows = session.execute(select(SpanRow.end_ms)).scalars().all()
    assert sorted(rows, key=lambda end: end or 0) == [None] * 2500 + [round(at(60) * 1000)] * 2500


def test_a_summary_that_no_database_takes_is_made_fit(database: Database) -> None:
    told(database, [change(0, Health.OK, "nul \0 and half \ud800")])
    assert history(database)[0][3].startswith("nul ")


changes_of_one_monitor = st.lists(
    st.tuples(st.integers(0, 40), st.none() | st.sampled_from(Health)), min_size=1, max_size=25
)


@on_one_database
@given(st.lists(changes_of_one_monitor, min_size=1, max_size=6))
def test_in_whatever_order_changes_come_the_history_is_their_step_function(
    database: Database, batches: list[list[tuple[int, Health | None]]]
) -> None:
    with database.writing() as session:
        session.execute(text("DELETE FROM span"))
    told(database, *[[change(float(second), health) for second, health in batch] for batch in batches])
    model: dict[int, Health | None] = {}
    for batch in batches:
        model |= dict(batch)
    instants = sorted(model)
    expected = [(start, end, model[start]) for start, end in zip(instants, [*instants[1:], None], strict=True)]
    assert [(start, end, health) for start, end, health, _ in history(database)] == expected


def test_a_first_result_begins_the_history() -> None:
    after = MonitorState(monitor="web", health=Health.OK, last_at=at(0), summary="200")
    assert spans.changes(None, after, 130) == (change(0, Health.OK, "200"),)
    assert spans.changes(MonitorState(monitor="web"), after, 130) == (change(0, Health.OK, "200"),)


def test_a_result_like_the_one_before_adds_nothing() -> None:
    before = MonitorState(monitor="web", health=Health.OK, last_at=at(0))
    after = MonitorState(monitor="web", health=Health.OK, last_at=at(60))
    assert spans.changes(before, after, 130) == ()


def test_after_a_silence_longer_than_a_result_stands_the_silence_is_told_first() -> None:
    before = MonitorState(monitor="web", health=Health.OK, last_at=at(0))
    after = MonitorState(monitor="web", health=Health.OK, last_at=at(600), summary="200")
    assert spans.changes(before, after, 130) == (
        change(130, None, "no check was made"),
        change(600, Health.OK, "200"),
    )


def test_a_late_result_that_was_not_applied_adds_nothing() -> None:
    state = MonitorState(monitor="web", health=Health.OK, last_at=at(60))
    assert spans.changes(state, state, 130) == ()
