"""Typed parameters: what fits, what does not, and that a value stays one argument whatever it holds."""

import json
import string
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runbooks.errors import ParameterInvalid
from runbooks.execution import Means, run_step
from runbooks.model import Effect, Parameter, Step, Trigger
from runbooks.params import TYPES, Values, check, fill, references, resolve
from runbooks.steps.kind import Look, Situation
from watchdesk.catalogue import Item, Place
from watchdesk.definitions.quantities import parse_duration
from watchdesk.health import Health

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLOSED = sorted(set(TYPES) - {"text", "choice", "secret"})
HOSTILE = [
    "; touch CANARY",
    "$(touch CANARY)",
    "`touch CANARY`",
    "| touch CANARY",
    "&& touch CANARY",
    "\ntouch CANARY",
    "' ; touch CANARY ; '",
    '" ; touch CANARY ; "',
    "--help",
    "-rf",
    "-oProxyCommand=touch CANARY",
    "{{ 7 * 7 }}",
    "${params.name}",
    "!!python/object/apply:os.system ['touch CANARY']",
    "\x1b]0;owned\x07",
    "\x00",
    "a\x00b",
    "\u202egpj.exe",
    "../../etc/passwd",
    "*",
    "~root",
    "a" * 100_000,
    "é" * 40_000,
]


def parameter(kind: str, **more: object) -> Parameter:
    return Parameter(name="p", type=kind, **more)  # type: ignore[arg-type]


FITTING = [
    ("name", "shop"), ("name", "web-1.example_2@x"), ("port", 18080), ("port", "1"), ("int", 0), ("int", "42"),
    ("path", "/var/log/app"), ("host", "web-1.example.org"), ("host", "10.0.0.1"), ("host", "::1"),
    ("url", "https://example.org:8443/a?b=c"), ("unit", "nginx.service"), ("unit", "app@1.service"),
    ("item", "web-1"), ("text", "two\nlines; $(nothing)"), ("secret", "secret:api-token"),
]  # fmt: skip
UNFIT = [
    ("name", "-x"), ("name", ".x"), ("name", "a b"), ("name", "a\n"), ("port", 0), ("port", 65536), ("port", "080"),
    ("port", "٣"), ("int", "-1"), ("int", "1.0"), ("int", "1_0"), ("path", "var/log"), ("path", "/"), ("path", "//x"),
    ("path", "/a/../b"), ("path", "/var/*"), ("path", "/a\nb"), ("host", "-h"), ("host", "a b"), ("host", "a" * 300),
    ("url", "ftp://x"), ("url", "http://"), ("url", "http://x y"), ("url", "javascript:alert(1)"), ("url", "http://x:0"),
    ("unit", "nginx"), ("unit", "-a.service"), ("unit", "a;b.service"), ("text", "\x1b[31m"), ("text", "\x00"),
    ("secret", "hunter2"), ("secret", "secret:"), ("name", True), ("name", None), ("name", ""),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), FITTING)
def test_a_fitting_value_is_taken_as_its_text(kind: str, value: object) -> None:
    assert check(parameter(kind), value) == str(value)


@pytest.mark.parametrize(("kind", "value"), UNFIT)
def test_a_value_that_does_not_fit_is_refused_by_the_parameters_name(kind: str, value: object) -> None:
    with pytest.raises(ParameterInvalid, match="parameter 'p'"):
        check(parameter(kind), value)


def test_a_secret_that_does_not_fit_is_not_shown() -> None:
    with pytest.raises(ParameterInvalid) as caught:
        check(parameter("secret"), "hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("kind", CLOSED)
@pytest.mark.parametrize("value", HOSTILE)
def test_no_closed_type_takes_a_hostile_value(kind: str, value: str) -> None:
    with pytest.raises(ParameterInvalid):
        check(parameter(kind), value)


@given(st.sampled_from(CLOSED), st.text(max_size=60))
def test_what_a_closed_type_takes_is_no_option_and_has_no_shell_in_it(kind: str, value: str) -> None:
    try:
        text = check(parameter(kind), value)
    except ParameterInvalid:
        return
    assert not text.startswith("-")
    plain = set(string.ascii_letters + string.digits + "._@-:/\\?=&%#+,~[]!$'()*;")
    dangerous = set(" \t\n\r\0`\"'|<>") if kind == "url" else set(" \t\n\r\0`\"'|<>$;&(){}*?!~#")
    if kind != "path":
        assert not set(text) & dangerous or kind == "url"
        assert kind == "url" or set(text) <= plain
    assert "\0" not in text
    assert "\n" not in text


@given(st.integers())
def test_an_int_stays_within_its_bounds(value: int) -> None:
    bounded = parameter("int", minimum=-5, maximum=5)
    if -5 <= value <= 5:
        assert check(bounded, value) == str(value)
    else:
        with pytest.raises(ParameterInvalid):
            check(bounded, value)


@given(st.text(max_size=300), st.text(max_size=50))
@example("${params.name}", "x")
@example("$(touch x)", "${params.other}")
def test_a_filled_list_keeps_its_length_and_a_value_is_never_read_again(value: str, other: str) -> None:
    argv = ["prog", "--", "${params.name}", "a${params.name}b${params.other}", "plain"]
    filled = fill(argv, {"name": value, "other": other})
    assert filled == ["prog", "--", value, f"a{value}b{other}", "plain"]


def test_references_are_found_wherever_they_stand() -> None:
    content = {"argv": ["${params.a}", "x${params.b}y"], "env": {"K": "${params.c}"}, "n": 3}
    assert sorted(references(content)) == ["params.a", "params.b", "params.c"]


def test_a_reference_to_nothing_is_refused_when_it_is_filled() -> None:
    with pytest.raises(ParameterInvalid, match="names no parameter"):
        fill("${params.x}", {})


def test_values_come_from_the_trigger_where_that_is_said() -> None:
    trigger = Trigger(
        ticket_id="1",
        ticket_number="INC-1",
        monitor="m",
        service="shop",
        item="web-1",
        health=Health.CRITICAL,
        since=NOW,
        observed_at=NOW,
        is_person_at_work=False,
    )
    place = Place(file="x", line=1)
    item = Item(id="web-1", service="shop", kind="host", address="10.0.0.7", group=None, domain=None, place=place)
    params = {
        "host": Parameter(name="host", type="host", source="address"),
        "box": Parameter(name="box", type="item", source="item"),
        "token": Parameter(name="token", type="secret", value="secret:t"),
    }
    found = resolve(params, trigger, item)
    assert found.plain == {"host": "10.0.0.7", "box": "web-1"}
    assert found.secrets == {"token": "secret:t"}
    with pytest.raises(ParameterInvalid, match="parameter 'host' has no value"):
        resolve(params, trigger, None)


def run_with(texts: list[str], tmp_path: Path) -> list[str]:
    """What a real program is given when its step refers to a parameter for each text."""
    names = [f"p{number}" for number in range(len(texts))]
    script = tmp_path / "arguments.py"
    script.write_text("import json, sys\nprint(json.dumps(sys.argv[1:]))\n")
    argv = [sys.executable, str(script), *[f"${{params.{name}}}" for name in names]]
    step = Step(
        id="s",
        kind="run",
        body={"argv": argv, "folder": str(tmp_path)},
        effect=Effect.ONCE,
        timeout=parse_duration("20s"),
    )
    means = Means(Situation(item=None, look=lambda _: Look(Health.OK, ""), pause=lambda _: None), str)
    result = run_step(step, Values(plain=dict(zip(names, texts, strict=True))), means)
    assert result.is_ok, result.output[:500]
    found: list[str] = json.loads(result.output)
    return found


PAYLOADS = st.lists(
    st.one_of(
        st.sampled_from([text for text in HOSTILE if "\0" not in text and len(text) < 1000]),
        st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40),
    ),
    min_size=100,
    max_size=200,
)


@settings(max_examples=15, deadline=None)
@given(PAYLOADS)
def test_even_unchecked_payloads_reach_a_program_as_one_argument_each(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("payloads")
    assert run_with(texts, folder) == texts
    assert [path.name for path in folder.iterdir()] == ["arguments.py"]


def test_a_hundred_kilobytes_are_one_argument(tmp_path: Path) -> None:
    assert run_with(["a" * 100_000], tmp_path) == ["a" * 100_000]


def test_a_nul_never_reaches_a_program(tmp_path: Path) -> None:
    step = Step(
        id="s", kind="run", body={"argv": ["touch", str(tmp_path / "canary"), "${params.p}"]}, effect=Effect.ONCE,
        timeout=parse_duration("5s"),
    )  # fmt: skip
    means = Means(Situation(item=None, look=lambda _: Look(Health.OK, ""), pause=lambda _: None), str)
    result = run_step(step, Values(plain={"p": "a\0b"}), means)
    assert not result.is_ok
    assert "NUL" in result.output
    assert not (tmp_path / "canary").exists()
