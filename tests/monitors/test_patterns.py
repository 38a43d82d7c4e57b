"""Patterns find what Python's own find, and cannot run away."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.errors import TextInvalid
from monitors.patterns import MAX_TEXT, MAX_WORK, compile_pattern

PIECES = st.sampled_from(
    [
        "a",
        "b",
        "ab",
        ".",
        r"\d",
        r"\w",
        r"\s",
        r"\b",
        r"\B",
        "^",
        "$",
        "[ab]",
        "[^a]",
        "[a-c1-3]",
        r"\.",
        "(?:a|b)",
        "(b)",
    ]
)
REPEATS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{1,}", "*?", "+?"])


def _joined(parts: list[tuple[str, str]]) -> str:
    return "".join(p + ("" if p in {"^", "$", r"\b", r"\B"} else r) for p, r in parts)


BRANCHES = st.lists(st.tuples(PIECES, REPEATS), min_size=1, max_size=5).map(_joined)
FLAGS = st.sampled_from(["", "", "(?i)", "(?m)", "(?s)"])
TEXTS = st.text(st.sampled_from("abcAB12 .\n_"), min_size=1, max_size=12)  # before 3.14 \\B is not in the empty text


@settings(max_examples=150)
@given(FLAGS, st.lists(BRANCHES, min_size=1, max_size=3).map("|".join), TEXTS)
def test_a_pattern_is_found_exactly_where_python_finds_it(flags: str, expression: str, text: str) -> None:
    assert compile_pattern(flags + expression).found_in(text) == bool(re.search(flags + expression, text))


@pytest.mark.parametrize(
    "evil", [r"(a+)+$", r"(a|a)*b", r"(.*)*x", r"a*a*a*a*a*a*b", r"(x+x+)+y", r"^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_a_pattern_that_brings_others_down_is_answered(evil: str) -> None:
    assert compile_pattern(evil).found_in("a" * 5000 + "!") is False


def test_a_pattern_that_costs_too_much_is_unknown_not_false() -> None:
    costly = compile_pattern(r"(a|b)*a(a|b){200}c")
    text = "".join(Random(1).choices("ab", k=MAX_WORK // 10))
    assert costly.found_in(text) is None


@pytest.mark.parametrize("expression", ["needle", "need+le"])
def test_the_beginning_of_a_very_long_text_may_decide_but_its_silence_does_not(expression: str) -> None:
    pattern = compile_pattern(expression)
    assert pattern.found_in("needle" + "x" * MAX_TEXT) is True
    assert pattern.found_in("x" * MAX_TEXT + "needle") is None
    assert pattern.found_in("x" * 100) is False


def test_the_end_of_a_cut_text_is_not_the_end() -> None:
    assert compile_pattern("x$").found_in("x" * (MAX_TEXT + 1)) is None


@pytest.mark.parametrize(
    "refused", [r"(a)\1", "(?=a)", "(?!a)", "(?<=a)b", "(?P<n>a)(?P=n)", "a++", "(?>a)", "[", "(", "*", ""]
)
def test_what_needs_a_memory_or_cannot_be_read_is_refused(refused: str) -> None:
    with pytest.raises(TextInvalid):
        compile_pattern(refused)


def test_a_pattern_that_unfolds_too_far_is_refused() -> None:
    with pytest.raises(TextInvalid, match="unfolds"):
        compile_pattern("(a{40}){40}")


def test_patterns_of_the_same_text_are_equal() -> None:
    first, second = compile_pattern("a+b"), compile_pattern("a+b")
    first.found_in("aab")
    assert first == second
