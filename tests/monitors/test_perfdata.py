"""What Nagios plugins print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.errors import TextInvalid
from monitors.perfdata import Figure, parse, read_output


def one(text: str) -> Figure:
    (figure,) = parse(text)
    return figure


@pytest.mark.parametrize(
    ("text", "label", "value", "unit"),
    [
        ("test=123456", "test", 123456, ""),
        ("'hello world'=1", "hello world", 1, ""),
        ("'it''s'=1", "it's", 1, ""),
        ("'a=b'=1", "a=b", 1, ""),
        ("a=b=7", "a=b", 7, ""),
        ("t=1.1E-1s", "t", 0.11, "s"),
        ("t=23.", "t", 23, ""),
        ("t=.42", "t", 0.42, ""),
        ("w=+1.5E-15EB", "w", 1500, "B"),
        ("t=-3", "t", -3, ""),
        ("t=5m", "t", 300, "s"),
        ("t=5ms", "t", 0.005, "s"),
        ("t=7us", "t", 7e-6, "s"),
        ("t=2kB", "t", 2000, "B"),
        ("t=2KiB", "t", 2048, "B"),
        ("t=3MB", "t", 3_000_000, "B"),
        ("t=12%", "t", 12, "%"),
        ("t=12c", "t", 12, "c"),
        ("t=12rpm", "t", 12, "rpm"),
        ("/srv=2643MB;5948;5958;0;5968", "/srv", 2_643_000_000, "B"),
    ],
)
def test_a_figure_is_read_in_its_base_unit(text: str, label: str, value: float, unit: str) -> None:
    figure = one(text)
    assert (figure.label, figure.unit) == (label, unit)
    assert figure.value == pytest.approx(value)


def test_what_the_plugin_could_not_measure_is_no_number() -> None:
    assert one("users=U;5;10").value is None


def test_limits_are_ranges_in_the_unit_of_the_value() -> None:
    figure = one("time=5ms;@10:20;~:50;0;100")
    assert figure.warn is not None
    assert figure.crit is not None
    assert (figure.warn.start, figure.warn.end, figure.warn.alerts_inside) == (0.01, 0.02, True)
    assert figure.crit.end == pytest.approx(0.05)
    assert (figure.minimum, figure.maximum) == (0, 0.1)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("test=1,23456", 7),
        ("test=inf", 6),
        ("test=nan", 6),
        ("test=", 6),
        ("test", 1),
        ("=5", 1),
        ("a=1 'open=5", 5),
        ("''=5", 1),
        ("a=1;x", 3),
        ("a=1;20:10", 3),
        ("a=1;;;x", 3),
        ("a=1;2;3;4;5;6", 3),
        ("a=1e999", 3),
        ("a=1;;;1e999", 3),
        ("a=5!", 4),
    ],
)
def test_what_breaks_the_grammar_is_refused_with_its_place(text: str, column: int) -> None:
    with pytest.raises(TextInvalid) as refused:
        parse(text)
    assert refused.value.column == column


def test_a_prefix_of_check_multi_holds_for_the_labels_after_it() -> None:
    assert [f.label for f in parse("test::a=3 b=4 other::c=5 d=6")] == ["test::a", "test::b", "other::c", "other::d"]


def test_figures_may_stand_behind_the_first_line_and_behind_the_long_text() -> None:
    output = read_output("DISK OK - x \\| y | /=1MB\nlong 1\nlong 2 | a=1\nb=2")
    assert (output.text, output.long_text) == ("DISK OK - x | y", "long 1\nlong 2")
    assert output.perf == {"/": 1e6, "a": 1, "b": 2}


@pytest.mark.parametrize(
    ("said", "text", "perf"),
    [
        ("", "", {}),
        ("SNMP OK | ", "SNMP OK", {}),
        ("| a=1", "", {"a": 1}),
        ("\nlong", "", {}),
        ("LOAD OK|load1=0.010;;;0; load5=0.060;;;0; ", "LOAD OK", {"load1": 0.01, "load5": 0.06}),
    ],
)
def test_quirks_of_real_plugins_are_understood(said: str, text: str, perf: dict[str, float]) -> None:
    output = read_output(said)
    assert (output.text, output.perf, output.faults) == (text, perf, ())


def test_a_broken_figure_is_named_and_does_not_spoil_the_others() -> None:
    output = read_output("OK | a=1 b=x c=3")
    assert output.perf == {"a": 1, "c": 3}
    assert len(output.faults) == 1
    assert "'b'" in output.faults[0]


LABELS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n", exclude_categories=("Cs", "Cc")), min_size=1)


@given(st.lists(st.tuples(LABELS, st.floats(allow_nan=False, allow_infinity=False)), max_size=5))
def test_quoted_figures_come_back_as_they_were_written(figures: list[tuple[str, float]]) -> None:
    plain = [(label.replace("::", "--"), value) for label, value in figures]
    text = " ".join(f"'{label.replace(chr(39), chr(39) * 2)}'={value!r}" for label, value in plain)
    assert [(f.label, f.value) for f in parse(text)] == plain


@given(st.text(max_size=200))
def test_no_output_makes_reading_fail(said: str) -> None:
    output = read_output(said)
    assert all(f.value is None or f.value == f.value for f in output.figures)
