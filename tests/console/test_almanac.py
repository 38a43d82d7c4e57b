"""What is dear to make is made once for all who look, and again when it is too old."""

from collections.abc import Callable

from console.http.almanac import MOST, Almanac


def counting() -> Callable[[], int]:
    made = iter(range(100))
    return lambda: next(made)


def test_a_figure_is_made_again_only_when_it_is_too_old() -> None:
    almanac, make = Almanac(), counting()
    assert [almanac.kept("week", now_s, 20, make) for now_s in (0, 19.9, 20, 39, 41)] == [0, 0, 1, 1, 2]


def test_figures_of_other_keys_are_others() -> None:
    almanac, make = Almanac(), counting()
    assert [almanac.kept(key, 0, 20, make) for key in ("a", "b", "a")] == [0, 1, 0]


def test_what_could_not_be_made_is_tried_again() -> None:
    almanac = Almanac()

    def fail() -> int:
        raise OSError

    for _ in range(2):
        try:
            almanac.kept("x", 0, 20, fail)
        except OSError:
            continue
    assert almanac.kept("x", 0, 20, lambda: 7) == 7


def test_of_too_many_figures_the_oldest_go() -> None:
    almanac, make = Almanac(), counting()
    almanac.kept("first", 0, 20, make)
    for key in range(MOST):
        almanac.kept(key, 0, 20, lambda: 0)
    assert almanac.kept("first", 0, 20, make) == 1
