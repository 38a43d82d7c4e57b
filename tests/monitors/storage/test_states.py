"""What is saved about a monitor is what is loaded."""

from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from monitors.state import MonitorState
from monitors.storage import states
from monitors.tables import MonitorStateRow
from watchdesk.database import Database
from watchdesk.health import Health, StateType

# NUL and lone surrogates are replaced on purpose in the summary alone (monitors/storage/text.py).
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
numbers = st.floats(allow_nan=False, allow_infinity=False)
instants = st.none() | numbers
healths = st.sampled_from(Health)
monitor_states = st.builds(
    MonitorState,
    monitor=st.sampled_from(["a", "b", "c"]),
    health=healths,
    state_type=st.sampled_from(StateType),
    attempt=st.integers(1, 1000),
    hard_health=healths,
    since=instants,
    last_at=instants,
    last_latency_s=instants,
    problem_since=instants,
    unknown_since=instants,
    ok_streak=st.integers(0, 2**40),
    ok_since=instants,
    recovered_at=instants,
    told=texts,
    held_since=instants,
    flap_bits=st.integers(0, 2**21 - 1),
    flap_count=st.integers(0, 21),
    flap_last=st.none() | healths,
    flap_percent=st.floats(0, 100),
    is_flapping=st.booleans(),
    summary=texts,
    memory=st.dictionaries(texts, numbers, max_size=3),
    measured=st.dictionaries(texts, texts, max_size=3),
    definition_version=texts,
)
on_one_database = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def saved_and_loaded(database: Database, *given_states: MonitorState) -> dict[str, MonitorState]:
    with database.writing() as session:
        states.save(session, given_states)
    with database.reading() as session:
        return states.load(session)


@on_one_database
@given(monitor_states)
def test_a_state_is_loaded_exactly_as_it_was_saved(database: Database, state: MonitorState) -> None:
    assert saved_and_loaded(database, state)[state.monitor] == state


@on_one_database
@given(monitor_states)
def test_a_loaded_state_has_the_types_that_were_saved(database: Database, state: MonitorState) -> None:
    loaded = saved_and_loaded(database, state)[state.monitor]
    kinds = {f.name: (type(getattr(loaded, f.name)), type(getattr(state, f.name))) for f in fields(MonitorState)}
    assert {name: pair for name, pair in kinds.items() if pair[0] is not pair[1]} == {}


def test_the_default_state_comes_back(database: Database) -> None:
    assert saved_and_loaded(database, MonitorState(monitor="a"))["a"] == MonitorState(monitor="a")


def test_saving_again_replaces_every_field(database: Database) -> None:
    first = MonitorState(monitor="a", told="problem:critical", memory={"crit": 1.5}, measured={"status": "503"})
    saved_and_loaded(database, first)
    assert saved_and_loaded(database, MonitorState(monitor="a"))["a"] == MonitorState(monitor="a")


def test_of_two_states_of_one_monitor_in_a_batch_the_later_one_is_kept(database: Database) -> None:
    first, second = MonitorState(monitor="a", attempt=1), MonitorState(monitor="a", attempt=2)
    assert saved_and_loaded(database, first, second)["a"].attempt == 2


def test_only_the_named_monitors_are_loaded(database: Database) -> None:
    saved_and_loaded(database, MonitorState(monitor="a"), MonitorState(monitor="b"))
    with database.reading() as session:
        assert set(states.load(session, ["b", "gone"])) == {"b"}


def test_saving_nothing_is_allowed(database: Database) -> None:
    assert saved_and_loaded(database) == {}


@pytest.mark.parametrize("hostile", ["nul \0 inside", "half \ud800 of a pair"])
def test_a_summary_that_no_database_takes_does_not_stop_the_flush(database: Database, hostile: str) -> None:
    loaded = saved_and_loaded(database, MonitorState(monitor="a", summary=hostile), MonitorState(monitor="b"))
    assert set(loaded) == {"a", "b"}
    assert loaded["a"].summary.startswith(hostile[:4])


@pytest.mark.parametrize("hostile", ["nul \0 inside", "half \ud800 of a pair"])
def test_a_measured_value_that_no_database_takes_is_kept_as_it_was(database: Database, hostile: str) -> None:
    state = MonitorState(monitor="a", measured={"body": hostile})
    assert saved_and_loaded(database, state)["a"] == state


def test_a_column_of_a_newer_version_does_not_disturb(sqlite: Database) -> None:
    state = MonitorState(monitor="a", health=Health.OK, last_at=1.5)
    with sqlite.writing() as session:
        session.execute(text("ALTER TABLE monitor_state ADD COLUMN mood TEXT DEFAULT 'calm'"))
    assert saved_and_loaded(sqlite, state) == {"a": state}


def test_what_a_newer_version_saved_beyond_the_known_is_left_out(database: Database) -> None:
    state = MonitorState(monitor="a", ok_streak=7, told="blind")
    saved_and_loaded(database, state)
    with database.writing() as session:
        row = session.execute(text("SELECT counters, words FROM monitor_state")).one()
        changed = {"counters": bytes(row.counters) + b"\0" * 8, "words": row.words[:-1] + ', "mood": "calm"}'}
        session.execute(text("UPDATE monitor_state SET counters = :counters, words = :words"), changed)
    with database.reading() as session:
        assert states.load(session) == {"a": state}


def test_every_field_of_a_state_has_its_place() -> None:
    placed = (*states.COLUMNS, *states.INSTANTS, *states.COUNTS, *states.VERDICTS, *states.WORDS)
    assert sorted(placed) == sorted(f.name for f in fields(MonitorState))


def test_ten_thousand_states_are_saved_in_one_go(database: Database) -> None:
    many = [replace(MonitorState(monitor=f"m{number}"), ok_streak=number) for number in range(10_000)]
    loaded = saved_and_loaded(database, *many)
    assert [loaded[f"m{number}"].ok_streak for number in range(10_000)] == list(range(10_000))


def test_a_state_that_an_older_version_saved_shorter_is_read_with_defaults(database: Database) -> None:
    """As if `is_flapping` and the verdicts behind it had not existed yet: three doubles fewer."""
    state = MonitorState(monitor="web", last_at=5.0, ok_streak=7, flap_percent=12.5, is_flapping=True)
    with database.writing() as session:
        states.save(session, [state])
        row = session.get(MonitorStateRow, "web")
        assert row is not None
        row.counters = row.counters[:-24]
    with database.reading() as session:
        found = states.load(session)["web"]
    assert (found.ok_streak, found.flap_percent, found.is_flapping, found.flap_last) == (7, 12.5, False, None)
