"""The agenda gives every name back at its instant, in order, wherever it was written down."""

from hypothesis import given
from hypothesis import strategies as st

from monitors.agenda import PAGE_S, Agenda

BEGIN = 1_772_000_000.0
INSTANTS = st.floats(min_value=0, max_value=300, allow_nan=False).map(lambda after_s: BEGIN + after_s)


@given(st.lists(INSTANTS), st.lists(INSTANTS, max_size=8))
def test_everything_comes_in_order_at_the_first_look_after_its_instant(
    instants: list[float], looks: list[float]
) -> None:
    agenda, found = Agenda(), list[tuple[float, str]]()
    for place, at in enumerate(instants):
        agenda.put(at, f"m{place:03}")
    for now in [*sorted(looks), BEGIN + 300]:
        taken = agenda.take(now)
        assert all(at <= now for at, _ in taken)
        found += taken
        first = agenda.first()
        assert first is None or first[0] > now
    assert found == sorted((at, f"m{place:03}") for place, at in enumerate(instants))


def test_what_is_written_down_for_a_page_that_lies_open_is_not_late() -> None:
    agenda = Agenda()
    agenda.put(BEGIN + 60, "far")
    assert agenda.first() == (BEGIN + 60, "far")
    agenda.put(BEGIN + 1, "near")
    assert agenda.first() == (BEGIN + 1, "near")
    assert [name for _, name in agenda.take(BEGIN + 60)] == ["near", "far"]


def test_what_is_due_as_its_page_begins_is_taken_then() -> None:
    agenda = Agenda()
    agenda.put(BEGIN + PAGE_S, "exact")
    assert agenda.take(BEGIN + PAGE_S - 0.001) == []
    assert agenda.take(BEGIN + PAGE_S) == [(BEGIN + PAGE_S, "exact")]
