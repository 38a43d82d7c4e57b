"""Conditions in three values, and what is said of those that cannot be read."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors import conditions
from monitors.errors import TextInvalid
from monitors.kinds import KINDS

HTTP = KINDS["http"].values
ANY = {"*": "json"}
ANSWER: dict[str, Any] = {
    "status": 200,
    "latency": 0.12,
    "text": '{"status": "UP"}',
    "body": {"status": "UP", "queue": {"depth": 3}, "items": [{"id": 7}, "x"], "a b": 1, "ok": True, "none": None},
    "headers": {"content-type": "application/json"},
    "cert": {"expires_in": 30 * 86400.0},
}


def holds(text: str, answer: dict[str, Any] | None = None) -> bool | None:
    return conditions.parse(text, HTTP).holds(ANSWER if answer is None else answer)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("status == 200", True),
        ("status != 200", False),
        ("status in 200..299", True),
        ("status in [301, 302]", False),
        ("not status in [301, 302]", True),
        ('body.status == "UP"', True),
        ("body.status == 'UP'", True),
        ('body.status in ["UP", "OK"]', True),
        ("body.queue.depth < 100", True),
        ("body.queue.depth >= 3.0", True),
        ("body.items[0].id == 7", True),
        ('body["a b"] == 1', True),
        ('body.items contains "x"', True),
        ("body.items contains 5", False),
        ("body.ok == true", True),
        ("latency < 300ms", True),
        ("latency < 0.1s", False),
        ("cert.expires_in > 21d", True),
        ('text contains "UP"', True),
        (r'text matches "\"status\": *\"U."', True),
        ('headers.content-type matches "^application/(json|xml)$"', True),
        ('status == 500 or body.status == "UP"', True),
        ('status == 200 and body.status == "DOWN" or status == 200', True),
        ('status == 200 and (body.status == "DOWN" or status == 500)', False),
        ("not not status == 200", True),
        ("not (status == 200 and latency > 1s)", True),
    ],
)
def test_a_condition_says_what_it_spells(text: str, answer: bool) -> None:
    assert holds(text) is answer


@pytest.mark.parametrize(
    "text",
    [
        "body.nothing == 1",
        "body.none == 1",
        "body.none != 1",
        "body.queue < 5",
        'body.queue.depth == "3"',
        'body.queue.depth != "3"',
        "body.status < 5",
        "body.ok < 5",
        "body.ok == 1",
        "body.status == true",
        "body.items[9].id == 7",
        "body.items.id == 7",
        "body.queue[0] == 7",
        "body.queue.depth contains 3",
        'body.queue.depth matches "3"',
        "not body.nothing == 1",
        "body.nothing == 1 and status == 200",
        "body.nothing == 1 or status == 500",
        "cert.expires_in > 21d and phases.tls < 1s",
    ],
)
def test_what_is_missing_null_or_of_another_type_is_unknown(text: str) -> None:
    assert holds(text) is None


def test_what_is_unknown_decides_nothing_that_the_rest_decides_alone() -> None:
    assert holds("body.nothing == 1 and status == 500") is False
    assert holds("body.nothing == 1 or status == 200") is True


@pytest.mark.parametrize(
    "value",
    [
        None,
        float("nan"),
        float("inf"),
        -float("inf"),
        "5",
        True,
        [],
        {},
        b"5",
        pytest.param(object(), id="an object"),
        Decimal("NaN"),
        Decimal("sNaN"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">=", "in 0..", "in ["])
def test_what_is_not_a_finite_number_never_compares_to_one(value: object, operator: str) -> None:
    right = {"in 0..": "in 0..9", "in [": "in [5]"}.get(operator, f"{operator} 5")
    condition = conditions.parse(f"x {right}", ANY)
    assert condition.holds({"x": value}) is None
    assert conditions.parse(f"not x {right}", ANY).holds({"x": value}) is None


@pytest.mark.parametrize("value", [5, 5.0, Decimal(5), timedelta(seconds=5)])
def test_numbers_of_every_sort_compare_alike(value: object) -> None:
    assert conditions.parse("x == 5", ANY).holds({"x": value}) is True
    assert conditions.parse("x < 6s", ANY).holds({"x": value}) is True


def test_a_number_with_hundreds_of_digits_is_a_number() -> None:
    assert conditions.parse("x < 5", ANY).holds({"x": 10**400}) is False
    assert conditions.parse("x < 5", ANY).seen({"x": 10**400}) == {"x": "a huge number"}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
TESTS = st.sampled_from(
    ["x.a == 1", 'x.b != "u"', "x.c[0] < 3", "x in 0..5", 'x.a contains "u"', 'x.b matches "u+"', "x.a == true"]
)
TREES = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"not {t}"),
    ),
    max_leaves=5,
)


@given(TREES, JSON)
def test_no_answer_makes_a_condition_fail_and_its_opposite_is_opposite(text: str, body: Any) -> None:
    answer = conditions.parse(text, ANY).holds({"x": body})
    opposite = conditions.parse(f"not ({text})", ANY).holds({"x": body})
    assert (answer, opposite) in {(True, False), (False, True), (None, None)}


@given(st.sampled_from([True, False, None]), st.sampled_from([True, False, None]))
def test_and_and_or_follow_kleene(left: bool | None, right: bool | None) -> None:
    order = {False: 0, None: 1, True: 2}
    values = {"l": left, "r": right}
    assert conditions.parse("l == true and r == true", ANY).holds(values) is min(left, right, key=order.__getitem__)
    assert conditions.parse("l == true or r == true", ANY).holds(values) is max(left, right, key=order.__getitem__)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("status === 200", 8, ["'==='", "'=='"]),
        ("status = 200", 8, ["'='", "'=='"]),
        ("status <> 200", 8, ["'<>'", "'!='"]),
        ("status => 200", 8, ["'=>'", "'>='"]),
        ("status == 200 && latency < 1s", 15, ["'&&'", "'and'"]),
        ("status == 200 AND latency < 1s", 15, ["'AND'", "'and'"]),
        ("! status == 200", 1, ["'!'", "'not'"]),
        ("stauts == 200", 1, ["'stauts'", "'status'"]),
        ("status == 200 and boby.x == 1", 19, ["'boby'", "'body'"]),
        ("cert.expire_in > 1d", 1, ["'cert.expires_in'"]),
        ("cert > 1d", 1, ["cert.expires_in"]),
        ("headers == 1", 1, ["headers.NAME"]),
        ("status.code == 200", 1, ["no parts"]),
        ("status contans 200", 8, ["'contans'", "'contains'"]),
        ('status contains "2"', 8, ["'status'", "number"]),
        ('status == "200"', 11, ["number", '"200"']),
        ("latency < 300", 11, ["300ms", "300s"]),
        ("latency < 300mz", 14, ["'mz'", "known are ms"]),
        ("latency < 5 min", 11, ["5ms or 5s"]),
        ("body.status == UP", 16, ['"UP"']),
        ("body.status == null", 16, ["null", "unknown"]),
        ("body.ok == True", 12, ["true"]),
        ('body.x < "a"', 10, ["numbers"]),
        ("status in 299..200", 11, ["200..299"]),
        ("status in 200", 11, ["200..299", "[200, 204]"]),
        ("status == 200..299", 11, ["'in'"]),
        ("status == [200]", 11, ["'in'"]),
        ('status in [200, "x"]', 11, ["one type"]),
        ("status in [200", 15, ["']'"]),
        ("(status == 200", 15, ["')'"]),
        ("status == 200)", 14, ["')'"]),
        ("status ==", 10, ["missing"]),
        ("status", 7, ["status == …"]),
        ("", 1, ["status == 200"]),
        ("status == 200 and", 18, ["missing"]),
        ("200 == status", 1, ["name of a value", "200"]),
        ('text == "a', 9, ["does not end"]),
        ("status == 200 latency < 1s", 15, ["and, or"]),
        ('text matches "("', 15, ["regular expression"]),
        ('text matches "(?=a)"', 15, ["looking around"]),
        ("text matches 5", 14, ["quotes", '"5"']),
        ("body.5x == 1", 5, ["name"]),
        ("body[x] == 1", 6, ["[0]"]),
        ("status == 200 # fine", 15, ["'#'"]),
        ("status == 1e999", 11, ["larger"]),
    ],
)
def test_a_fault_is_told_with_its_place_and_the_nearest_right_spelling(
    text: str, column: int, words: list[str]
) -> None:
    with pytest.raises(TextInvalid) as refused:
        conditions.parse(text, HTTP)
    assert refused.value.column == column, str(refused.value)
    assert all(word in str(refused.value) for word in words), str(refused.value)


def test_without_a_kind_only_the_spelling_is_checked() -> None:
    assert conditions.parse("whatever.it < 3", None).paths == {("whatever", "it")}
    with pytest.raises(TextInvalid):
        conditions.parse("whatever === 3", None)


def test_zero_needs_no_unit_and_sizes_may_be_plain() -> None:
    assert conditions.parse("latency > 0", HTTP).holds({"latency": 0.1}) is True
    assert conditions.parse("free_bytes > 10GiB", {"free_bytes": "size"}).holds({"free_bytes": 2**35}) is True
    assert conditions.parse("free_bytes > 1000", {"free_bytes": "size"}).holds({"free_bytes": 2**35}) is True
    assert conditions.parse("used > 90%", {"used": "percent"}).holds({"used": 91.0}) is True


@pytest.mark.parametrize(
    ("text", "words"), [("(" * 100 + "x == 1" + ")" * 100, "deep"), ("x == 1" + " " * 3000, "2000")]
)
def test_a_text_that_would_exhaust_the_reader_is_refused(text: str, words: str) -> None:
    with pytest.raises(TextInvalid, match=words):
        conditions.parse(text, ANY)


@given(st.text(st.sampled_from("status body.x=!<>\"'()[]200ms..,and or not in"), max_size=40))
def test_any_text_is_either_read_or_refused_with_a_place_inside_it(text: str) -> None:
    column = 1
    try:
        conditions.parse(text, None)
    except TextInvalid as refused:
        column = refused.column
    assert 1 <= column <= len(text) + 1


def test_what_was_seen_is_told_as_people_write_it() -> None:
    condition = conditions.parse('latency < 1s and cert.expires_in > 1d and body.x == 1 and body.status == "UP"', HTTP)
    assert condition.seen(ANSWER) == {
        "latency": "120ms",
        "cert.expires_in": "30d",
        "body.x": "missing",
        "body.status": '"UP"',
    }


def test_paths_are_what_the_condition_speaks_of() -> None:
    condition = conditions.parse('status == 200 or (not body.items[0]["a b"] == 1 and status < 300)', HTTP)
    assert condition.paths == {("status",), ("body", "items", 0, "a b")}
