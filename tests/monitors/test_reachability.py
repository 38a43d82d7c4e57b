"""What stands above a monitor, root first."""

from hypothesis import given
from hypothesis import strategies as st

from monitors.reachability import graph
from tests.monitors.making import monitor


def test_everything_above_a_monitor_is_listed_root_first() -> None:
    found = graph(
        [
            monitor(id="shop", needs=("web", "db")),
            monitor(id="web", needs=("switch",)),
            monitor(id="db", needs=("switch", "san")),
            monitor(id="switch", needs=("router",)),
            monitor(id="router"),
            monitor(id="san"),
        ]
    )
    assert found.above["shop"] == ("router", "switch", "web", "san", "db")
    assert found.above["router"] == ()
    assert found.children["switch"] == ("web", "db")


def test_a_need_that_names_no_monitor_is_left_out() -> None:
    assert graph([monitor(id="shop", needs=("gone",))]).above["shop"] == ()


def test_a_chain_of_thousands_is_no_burden() -> None:
    chain = [monitor(id=f"m{place}", needs=(f"m{place - 1}",) if place else ()) for place in range(1500)]
    assert len(graph(chain).above["m1499"]) == 1499


@given(st.dictionaries(st.integers(0, 9), st.sets(st.integers(0, 9), max_size=4), max_size=10))
def test_whatever_depends_on_something_stands_behind_it(edges: dict[int, set[int]]) -> None:
    """Edges only point to smaller numbers, so that there is no circle."""
    needs = {name: {other for other in others if other < name and other in edges} for name, others in edges.items()}
    found = graph(monitor(id=str(name), needs=tuple(map(str, others))) for name, others in needs.items())
    for name in needs:
        above = [int(other) for other in found.above[str(name)]]
        assert set(above) == _closure(name, needs)
        for place, other in enumerate(above):
            assert needs[other] <= set(above[:place])


def _closure(name: int, needs: dict[int, set[int]]) -> set[int]:
    return needs[name] | {above for other in needs[name] for above in _closure(other, needs)}
