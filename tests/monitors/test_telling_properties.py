"""What holds of every telling, whatever the results: each fact once, taken back in the end, never held for ever."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitors.parents import settling_s
from monitors.telling import tell
from monitors.told import Told, read_told
from tests.monitors.desk import CHILD, PROBLEM, RECOVERED, ROUTER, Desk
from tests.monitors.making import CRITICAL, LETTERS, OK, WARNING, fresh, monitor, step
from watchdesk.health import Health, StateType
from watchdesk.signals import HealthSignal, SignalKind

HEALTHS = st.sampled_from("OWCU")
HISTORIES = st.lists(st.tuples(HEALTHS, st.integers(1, 12)), max_size=15)


@given(HISTORIES, st.integers(1, 4))
def test_every_fact_is_told_once_and_taken_back_in_the_end(history: list[tuple[str, int]], attempts: int) -> None:
    """Each run of results; after a long calm nothing stands at the desk that is not so."""
    desk = Desk(monitor(attempts=attempts))
    for letter, times in history:
        desk.results(letter * times)
        desk.tell(desk.at)
    desk.results("O" * 25)
    assert desk.state.told == ""
    assert desk.state.problem_since is None
    ids = [signal.event_id for signal in desk.signals]
    assert len(ids) == len(set(ids))
    _check_pairs(desk.signals)


def _check_pairs(signals: list[HealthSignal]) -> None:
    """What begins ends, what ends has begun, and no problem is told twice with the same severity."""
    open_problem: Health | None = None
    standing = dict.fromkeys((SignalKind.BLIND, SignalKind.FLAPPING), False)
    ends = {SignalKind.SEEING: SignalKind.BLIND, SignalKind.STEADY: SignalKind.FLAPPING}
    for signal in signals:
        if signal.kind is PROBLEM:
            assert signal.health in {WARNING, CRITICAL}
            assert signal.health is not open_problem
            open_problem = signal.health
        elif signal.kind is RECOVERED:
            assert (signal.health, open_problem is None) == (OK, False)
            open_problem = None
        elif signal.kind in standing:
            assert not standing[signal.kind]
            standing[signal.kind] = True
        else:
            assert standing[ends[signal.kind]]
            standing[ends[signal.kind]] = False
    assert open_problem is None
    assert not any(standing.values())


@given(HISTORIES, st.integers(1, 4), st.sets(st.integers(0, 200)))
def test_a_restart_at_any_moment_tells_nothing_twice_and_loses_nothing(
    history: list[tuple[str, int]], attempts: int, crashes: set[int]
) -> None:
    """A crash before the transaction loses state and signals together; the same results then tell the same facts."""
    subject = monitor(attempts=attempts)
    letters = "".join(letter * times for letter, times in history)
    calm = Desk(subject).results(letters)
    stored, heard, lost = fresh(), list[str](), list[str]()
    for place, letter in enumerate(letters):
        telling = tell(subject, step(subject, stored, LETTERS[letter], 60.0 * (place + 1)), {}, 60.0 * (place + 1))
        if place in crashes:
            lost += [signal.event_id for signal in telling.signals]
            telling = tell(subject, step(subject, stored, LETTERS[letter], 60.0 * (place + 1)), {}, 60.0 * place + 90.0)
        stored = telling.state
        heard += [signal.event_id for signal in telling.signals]
    assert heard == [signal.event_id for signal in calm.signals]
    assert set(lost) <= set(heard)


@given(HISTORIES, st.integers(1, 3))
def test_a_confirmed_problem_is_always_known_to_the_desk_unless_it_flaps(
    history: list[tuple[str, int]], attempts: int
) -> None:
    desk = Desk(monitor(attempts=attempts))
    for letter in "".join(letter * times for letter, times in history):
        desk.result(letter)
        known = read_told(desk.state.told).problem
        is_confirmed = desk.state.state_type is StateType.HARD and desk.state.health in {WARNING, CRITICAL}
        if not desk.state.is_flapping:
            assert known is (desk.state.health if is_confirmed else known)
            assert known is None or desk.state.health is not OK


@given(HISTORIES, HISTORIES, st.integers(1, 3))
def test_a_child_is_never_held_for_longer_than_the_longest_hold(
    parents_history: list[tuple[str, int]], history: list[tuple[str, int]], attempts: int
) -> None:
    """Whatever the parent does, a confirmed problem of the child is told at last: alone, or as part of the parent's."""
    subject = replace(CHILD, attempts=attempts)
    desk = Desk(subject, fresh("shop-db"))
    parent = fresh("router")
    above = "".join(letter * times for letter, times in parents_history)
    for place, letter in enumerate("".join(letter * times for letter, times in history)):
        if place < len(above):
            parent = step(ROUTER, parent, LETTERS[above[place]], 60.0 * place + 30)
            parent = tell(ROUTER, parent, {}, 60.0 * place + 30).state
        desk.parents = {"router": parent}
        desk.result(letter)
        if desk.state.held_since is not None:
            assert desk.at - desk.state.held_since <= 300 + settling_s(subject)
    _check_no_problem_twice(desk.signals)


def _check_no_problem_twice(signals: list[HealthSignal]) -> None:
    known: tuple[Health, bool] | None = None
    for signal in signals:
        if signal.kind is PROBLEM:
            assert (signal.health, bool(signal.parents)) != known
            known = (signal.health, bool(signal.parents))
        elif signal.kind is RECOVERED:
            assert known is not None
            known = None


TOLD = st.builds(
    Told,
    problem=st.sampled_from([WARNING, CRITICAL]),
    parents=st.lists(st.from_regex(r"[A-Za-z0-9._-]{1,9}", fullmatch=True), max_size=3).map(tuple),
    is_flapping=st.booleans(),
    is_blind=st.booleans(),
)


@given(TOLD)
def test_what_was_told_survives_storage(told: Told) -> None:
    assert read_told(told.text) == told
    assert read_told(told.without_problem().text) == told.without_problem()
